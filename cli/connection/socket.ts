/** One websocket to the bridge. Loaded when a connection is wanted, and not before: it is most of the program. */
import type { IncomingMessage } from 'node:http';
import type { Socket as Line } from 'node:net';
import WebSocket from 'ws';

import { cookieOf } from '../config/cookie.ts';
import type { Config } from '../config/index.ts';
import { oneLine } from '../output/plain.ts';
import { connectionFailure, rejectionFailure } from './explain.ts';
import { addressOf } from './address.ts';

export interface Socket {
  send(text: string): void;
  /** Each message as it was sent. Ends when the connection does, whoever closed it. */
  readonly messages: AsyncIterable<string>;
  /** Says goodbye, and waits for no answer. Can be called again. */
  close(): void;
  /** Why it ended, in the words of the other side; empty when it gave none. */
  ending(): string;
}

/** Rejects with CliFailure: unreachable, denied, or what else the bridge said instead of yes. */
export type Connect = (signal: AbortSignal) => Promise<Socket>;

export interface SocketOptions {
  /** Name and version, for `get clients`. */
  readonly agent: string;
  readonly handshakeMs: number;
  /** A connection that stands already, to speak on. */
  readonly line?: Line;
}

/** After so long without a word the bridge is asked for one; after twice as long it is taken for gone. */
const SILENCE_MS = 20_000;

/** A kubeconfig of many clusters, or thousands of rows, come as one message; more than this is no answer of a bridge. */
const LARGEST_MESSAGE = 256 * 1024 * 1024;

export async function connect(config: Config, options: SocketOptions, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const cookie = config.credentials === undefined ? {} : { cookie: await cookieOf(config.credentials) };
  const socket = new WebSocket(addressOf(config), ['qbo'], {
    headers: { 'user-agent': options.agent, ...cookie },
    handshakeTimeout: options.handshakeMs,
    maxPayload: LARGEST_MESSAGE,
    perMessageDeflate: false,
    ...(options.line === undefined ? {} : { createConnection: () => options.line }),
  });
  const messages = incoming(socket);
  await opened(socket, config, signal);
  const stop = keepAlive(socket);
  let ending = '';
  socket.once('close', (_code, reason) => {
    stop();
    ending = oneLine(reason.toString('utf8'));
  });
  return {
    send: (text) => socket.send(text),
    messages,
    close: () => farewell(socket),
    ending: () => ending,
  };
}

function opened(socket: WebSocket, config: Config, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown): void => {
      signal.removeEventListener('abort', abort);
      if (error === undefined) resolve();
      else {
        socket.terminate();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort's reason is what it is
        reject(error);
      }
    };
    const abort = (): void => settle(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('open', () => settle());
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      void rejectionFailure(config, response).then(settle, settle);
    });
    // Stays: an error that nobody hears would end the program, and after the opening `close` tells of it.
    socket.on('error', (error) => settle(connectionFailure(config, error)));
  });
}

/** Messages wait here from the first one on, which may come before anybody asks. */
function incoming(socket: WebSocket): AsyncIterable<string> {
  const waiting: string[] = [];
  let hasEnded = false;
  let wake: (() => void) | undefined;
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) waiting.push(data.toString('utf8'));
    wake?.();
  });
  socket.once('close', () => {
    hasEnded = true;
    wake?.();
  });
  return (async function* () {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (hasEnded) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  })();
}

/** A connection whose other end has vanished looks like one on which nothing happens. */
function keepAlive(socket: WebSocket): () => void {
  let isHeard = true;
  const heard = (): void => {
    isHeard = true;
  };
  socket.on('message', heard);
  socket.on('pong', heard);
  const timer = setInterval(() => {
    if (!isHeard) socket.terminate();
    isHeard = false;
    socket.ping();
  }, SILENCE_MS);
  return () => {
    clearInterval(timer);
  };
}

/** For an answer to the goodbye. */
const CLOSE_MS = 1_000;

function farewell(socket: WebSocket): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.close(1000);
  setTimeout(() => socket.terminate(), CLOSE_MS).unref();
}
