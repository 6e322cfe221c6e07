import { connect, type Socket } from 'node:net';

import type { Config } from '../config/index.ts';
import { connectionFailure } from './explain.ts';

/** A connection to where the bridge should listen, on which nothing was said yet. Rejects with CliFailure when there is none. */
export function dial(config: Config, limitMs: number, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = withResolvers<Socket>();
  const socket = connect({ host: config.host, port: config.port });
  const abort = (): void => {
    reject(signal.reason as Error);
    socket.destroy();
  };
  const fail = (error: Error): void => {
    reject(connectionFailure(config, error));
    socket.destroy();
  };
  const late = (): void => fail(new Error('timed out'));
  socket.setTimeout(limitMs, late);
  socket.once('error', fail);
  socket.once('connect', () => {
    socket.setTimeout(0);
    socket.off('timeout', late);
    socket.off('error', fail);
    resolve(socket);
  });
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', abort));
}

/** Node.js 20 has no Promise.withResolvers. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}
