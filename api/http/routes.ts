import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../controllers/runtime/clock.ts';
import { abortable, Deadline } from '../../controllers/runtime/deadline.ts';
import type { Check } from '../../controllers/runtime/health.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import { CONTENT_TYPE, formatFor, type MetricsFormat } from '../../controllers/runtime/openmetrics.ts';
import { asError } from '../../controllers/runtime/thrown.ts';
import type { Authenticator } from '../auth/index.ts';
import { distrust, type Trust } from './origin.ts';

/** Answers one path itself; what it throws is logged and answered with 500. */
export type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export interface RouteOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly trust: Trust;
  readonly authenticator: Authenticator;
  /** What must be well for `/readyz`, by name. */
  readonly ready: Readonly<Record<string, Check>>;
  readonly metrics: { text(format: MetricsFormat): Promise<string> };
  /** The contract, as served at `/asyncapi.yaml`. */
  readonly asyncapi: string;
  /** More paths. */
  readonly routes?: Readonly<Record<string, Route>>;
}

interface Answer {
  readonly code: number;
  readonly type?: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const CHECK_TIMEOUT_MS = 5_000;
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);
export const SOCKET_PATH = '/qbo';

/** Everything that is asked of the bridge over HTTP and is no socket. */
export function routes(options: RouteOptions, stop: AbortSignal): Route {
  return async (request, response) => {
    // Whoever goes away in the middle is no news.
    response.on('error', () => undefined);
    try {
      const path = pathOf(request);
      // A probe asks by an address, and learns nothing.
      const refusal = PROBES.has(path) ? undefined : distrust(request.headers, options.trust);
      const own = options.routes?.[path];
      if (refusal !== undefined) write(request, response, plain(403, refusal));
      else if (own !== undefined) await own(request, response);
      else write(request, response, await answerTo(path, request, options, stop));
    } catch (error) {
      options.log.error('HTTP request could not be answered', { url: request.url, error });
      if (!response.headersSent)
        write(request, response, plain(500, 'Internal error: the log of the bridge says why.'));
    }
  };
}

/** Of a URL as it stands in a request, without its query. */
export const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0] ?? '';

async function answerTo(
  path: string,
  request: IncomingMessage,
  options: RouteOptions,
  stop: AbortSignal,
): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Only GET and HEAD are answered.');
  switch (path) {
    case '/healthz':
      return plain(200, 'ok');
    case '/readyz':
      return readiness(options, stop);
    case '/metrics':
      return metricsFor(request, options);
    case '/asyncapi.yaml':
      return { code: 200, type: 'application/yaml; charset=utf-8', body: options.asyncapi };
    case SOCKET_PATH:
      return { ...plain(426, 'This is a websocket: see /asyncapi.yaml.'), headers: { upgrade: 'websocket' } };
    default:
      return plain(404, `There is no ${path.slice(0, 100)} here. See /asyncapi.yaml.`);
  }
}

async function readiness({ ready, clock }: RouteOptions, stop: AbortSignal): Promise<Answer> {
  const deadline = new Deadline(clock, CHECK_TIMEOUT_MS, `No answer within ${String(CHECK_TIMEOUT_MS / 1000)} s`, stop);
  try {
    const failures = await Promise.all(
      Object.entries(ready).map(async ([name, check]) => {
        const failure = await failureOf(check, deadline.signal);
        return failure === undefined ? [] : [`${name}: ${failure}`];
      }),
    );
    const lines = failures.flat();
    return lines.length === 0 ? plain(200, 'ok') : plain(503, lines.join('\n'));
  } finally {
    deadline.clear();
  }
}

async function failureOf(check: Check, signal: AbortSignal): Promise<string | undefined> {
  try {
    await abortable((async () => check(signal))(), signal);
    return undefined;
  } catch (error) {
    return asError(error).message;
  }
}

/** For administrators: without authentication that is everybody. */
async function metricsFor({ headers }: IncomingMessage, { authenticator, metrics }: RouteOptions): Promise<Answer> {
  const caller = await authenticator.authenticate(headers);
  if (caller === undefined) return plain(401, 'Say who you are, with the cookies of a service account.');
  if (!caller.isAdmin) return plain(403, 'Only administrators may read metrics.');
  const format = formatFor(headers.accept);
  return { code: 200, type: CONTENT_TYPE[format], body: await metrics.text(format), headers: { vary: 'accept' } };
}

const plain = (code: number, text: string): Answer => ({ code, body: `${text}\n` });

function write({ method }: IncomingMessage, response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.code, {
    'content-type': answer.type ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  });
  response.end(method === 'HEAD' ? undefined : answer.body);
}
