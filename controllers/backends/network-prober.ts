import { createSocket } from 'node:dgram';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Prober, Target } from './prober.ts';

/** From where this process is. Whether a certificate is valid is not asked: who answers is known by the address. */
export const networkProber: Prober = {
  probe(target, signal) {
    if (target.protocol === 'TCP') return probeTCP(target, signal);
    return target.protocol === 'UDP' ? probeUDP(target, signal) : probeHTTP(target, signal);
  },
};

/** A connection can be made. */
function probeTCP({ address, port }: Target, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** A GET is answered with 200 to 399. */
function probeHTTP({ protocol, address, port, path }: Target, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { host: address, port, path, signal, agent: false, rejectUnauthorized: false } as const;
    const request = (protocol === 'HTTPS' ? httpsRequest : httpRequest)(options, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      if (statusCode >= 200 && statusCode < 400) resolve();
      else reject(new Error(`it answers ${String(statusCode)}`));
    });
    request.once('error', reject);
    request.end();
  });
}

/** Something comes back. */
function probeUDP({ address, port, payload }: Target, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4' });
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', abort);
      socket.close();
      settle();
    };
    const fail = (error: Error): void => {
      end(() => {
        reject(error);
      });
    };
    const abort = (): void => {
      fail(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once('message', () => {
      end(resolve);
    });
    // Connected: a port that is closed is told at once.
    socket.connect(port, address, () => {
      socket.send(payload);
    });
    if (signal.aborted) abort();
  });
}
