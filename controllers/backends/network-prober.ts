import { createSocket } from 'node:dgram';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
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

/** Of answers that matter; what is longer is nobody's that is asked. */
const LONGEST_ANSWER = 65_536;

/** A GET is answered with 200 to 399, and with what is right. */
function probeHTTP({ protocol, address, port, path, isRight }: Target, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { host: address, port, path, signal, agent: false, rejectUnauthorized: false } as const;
    const request = (protocol === 'HTTPS' ? httpsRequest : httpRequest)(options, (response) => {
      const { statusCode = 0 } = response;
      const isWell = statusCode >= 200 && statusCode < 400;
      if (!isWell || isRight === undefined) {
        response.destroy();
        if (isWell) resolve();
        else reject(new Error(`it answers ${String(statusCode)}`));
        return;
      }
      readText(response, LONGEST_ANSWER).then((answer) => {
        if (isRight(answer)) resolve();
        else reject(new Error('it answers, but is not there yet'));
      }, reject);
    });
    request.once('error', reject);
    request.end();
  });
}

/** The beginning of it, so much at most. */
async function readText(stream: Readable, most: number): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length >= most) break;
  }
  return text;
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
