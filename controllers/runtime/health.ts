import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from './clock.ts';
import { abortable, Deadline } from './deadline.ts';
import type { Logger } from './log.ts';
import type { Runnable } from './manager.ts';
import { CONTENT_TYPE, formatFor, type MetricsFormat } from './openmetrics.ts';
import { asError } from './thrown.ts';

/** Resolves when all is well; what it throws is shown to whoever asks. */
export type Check = (signal: AbortSignal) => Promise<void> | void;

export interface HealthServerOptions {
  /** Address to listen on. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** `/healthz`: whether the process should be left alive. By name; none: as long as it answers. */
  readonly live?: Readonly<Record<string, Check>>;
  /** `/readyz`: whether it does its work. By name. */
  readonly ready?: Readonly<Record<string, Check>>;
  /** `/metrics`; absent: there are none. */
  readonly metrics?: { text(format: MetricsFormat): Promise<string> };
  /** Who may read `/metrics`; absent: everybody who reaches the port. */
  readonly gatekeeper?: Gatekeeper;
  /** Called once it listens, with the port. */
  readonly onListening?: (port: number) => void;
}

/** Decides by the Authorization header of a request. */
export interface Gatekeeper {
  /** undefined: may come in. Rejects when that can not be found out. */
  refusalOf(authorization: string | undefined, signal: AbortSignal): Promise<Refusal | undefined>;
}

export interface Refusal {
  /** 401: nobody knows who it is. 403: may not. 503: can not be found out now. */
  readonly code: 401 | 403 | 503;
  /** What to do about it, for who reads the answer. */
  readonly message: string;
}

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const CHECK_TIMEOUT_MS = 5_000;
const NO_ANSWER = `No answer within ${String(CHECK_TIMEOUT_MS / 1000)} s`;
/** A probe is a few hundred bytes and takes no time: whoever needs longer holds a socket for nothing. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * `/healthz`, `/readyz` (each with `?verbose`) and `/metrics` over plain HTTP, for a kubelet and a Prometheus: the probes
 * for everybody, because a kubelet brings no token, the metrics for whom the gatekeeper lets in. Rejects when it can not
 * listen.
 */
export const healthServer = (options: HealthServerOptions): Runnable => ({
  name: 'health',
  when: 'always',
  run: async (signal) => {
    const server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
      (...pair) => {
        void respond(options, signal, ...pair);
      },
    );
    await listen(server, options);
    const { port } = server.address() as AddressInfo;
    options.log.info('Health server listens', { host: options.host, port });
    options.onListening?.(port);
    await close(server, signal);
  },
});

const listen = (server: Server, { host, port }: HealthServerOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });

const close = (server: Server, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    const stop = (): void => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });

async function respond(
  options: HealthServerOptions,
  signal: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await answerTo(options, request, signal);
  } catch (error) {
    options.log.error('Health request could not be answered', { url: request.url, error });
    answer = plain(500, 'internal error\n');
  }
  response.writeHead(answer.code, {
    'content-type': answer.type,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

async function answerTo(options: HealthServerOptions, request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'method not allowed\n');
  const [path = '', query] = (request.url ?? '').split('?', 2);
  const isVerbose = new URLSearchParams(query).has('verbose');
  switch (path) {
    case '/healthz':
      return examine(options.live ?? {}, isVerbose, options.clock, signal);
    case '/readyz':
      return examine(options.ready ?? {}, isVerbose, options.clock, signal);
    case '/metrics':
      return metricsFor(request, options, signal);
    default:
      return plain(404, 'not found\n');
  }
}

async function metricsFor(
  { headers }: IncomingMessage,
  { metrics, gatekeeper, clock }: HealthServerOptions,
  signal: AbortSignal,
): Promise<Answer> {
  if (metrics === undefined) return plain(404, 'not found\n');
  const deadline = new Deadline(clock, CHECK_TIMEOUT_MS, NO_ANSWER, signal);
  try {
    const refusal = await gatekeeper?.refusalOf(headers.authorization, deadline.signal);
    if (refusal !== undefined) return refused(refusal);
  } finally {
    deadline.clear();
  }
  const format = formatFor(headers.accept);
  return { code: 200, type: CONTENT_TYPE[format], body: await metrics.text(format), headers: { vary: 'accept' } };
}

function refused({ code, message }: Refusal): Answer {
  const answer = plain(code, `${message}\n`);
  return code === 401 ? { ...answer, headers: { 'www-authenticate': 'Bearer' } } : answer;
}

/** The form of Kubernetes' own components: one line a check, and a last one that sums up. */
async function examine(
  checks: Readonly<Record<string, Check>>,
  isVerbose: boolean,
  clock: Clock,
  signal: AbortSignal,
): Promise<Answer> {
  const deadline = new Deadline(clock, CHECK_TIMEOUT_MS, NO_ANSWER, signal);
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => ({ name, failure: await failureOf(check, deadline.signal) })),
  );
  deadline.clear();
  const isWell = results.every(({ failure }) => failure === undefined);
  if (isWell && !isVerbose) return plain(200, 'ok');
  const lines = results.map(({ name, failure }) => (failure === undefined ? `[+]${name} ok` : `[-]${name} ${failure}`));
  return plain(isWell ? 200 : 503, [...lines, isWell ? 'passed' : 'failed', ''].join('\n'));
}

async function failureOf(check: Check, signal: AbortSignal): Promise<string | undefined> {
  try {
    await abortable((async () => check(signal))(), signal);
    return undefined;
  } catch (error) {
    return `failed: ${asError(error).message}`;
  }
}

const plain = (code: number, body: string): Answer => ({ code, type: 'text/plain; charset=utf-8', body });
