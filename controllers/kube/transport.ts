import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../runtime/clock.ts';
import { KubeUnreachable } from './error.ts';
import { unreachable } from './failure.ts';
import { impersonationHeaders, type Impersonation } from './impersonation.ts';

/** What node:https needs to reach a server as somebody. */
export type Connection = Omit<https.RequestOptions, 'headers'> & { headers?: http.OutgoingHttpHeaders };

/** How a server is reached and how we prove who we are; asked again for every request, because credentials rotate. */
export interface Credentials {
  /** `https://10.0.0.1:6443`, without a path at the end unless the server lives under one. */
  readonly server: string;
  /** Certificates and an Authorization header; an agent only when the way leads through a proxy. */
  requestOptions(): Promise<Connection>;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, from `/api` or `/apis` on. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: unknown;
  /** As whom, when not as who the credentials say. */
  readonly as?: Impersonation;
}

/** What a client of one API server sends its requests through. */
export interface Sender {
  readonly server: string;
  /**
   * Resolves when the response headers are there, whatever the status; the body is still to be read. The signal and the
   * limits end the exchange at any moment. Rejects with KubeUnreachable, or the signal's reason.
   */
  send(request: ApiRequest, limits: Limits, signal: AbortSignal): Promise<http.IncomingMessage>;
  close(): void;
}

/** One answered or failed request, labelled as client-go labels `rest_client_requests_total`. */
export interface RequestInfo {
  readonly method: string;
  /** HTTP status code, or `<error>` when there was no answer. */
  readonly code: string;
  readonly host: string;
}

/** How long an exchange may take, in milliseconds. */
export interface Limits {
  /** From the start until the response headers. */
  readonly headersMs: number;
  /** From the headers until the end of the body. */
  readonly bodyMs: number;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly onRequest?: ((info: RequestInfo) => void) | undefined;
  /** Called right before the first byte of a request that may write is sent: what it throws takes the place of the answer. */
  readonly beforeWrite?: (() => void) | undefined;
}

/** Idle connections go before the server's own idle timeout (90 s) makes them fail under the next request. */
const IDLE_CONNECTION_MS = 55_000;
const TCP_KEEPALIVE_MS = 30_000;
/** As many as there may be reconciles at once: one that is closed after each is made anew for the next, at the price of ten requests. */
const MAX_IDLE_CONNECTIONS = 32;

/**
 * HTTP to one API server, over a pool of connections of its own: no connection is opened before the first request, and
 * idle ones hold neither the process nor, after a minute, a socket.
 */
export class Transport implements Sender {
  readonly server: string;
  readonly #url: URL;
  readonly #credentials: Credentials;
  readonly #options: TransportOptions;
  readonly #agent: http.Agent;

  constructor(credentials: Credentials, options: TransportOptions) {
    this.server = credentials.server;
    this.#url = new URL(credentials.server);
    this.#credentials = credentials;
    this.#options = options;
    const { Agent } = this.#url.protocol === 'http:' ? http : https;
    this.#agent = new Agent({
      keepAlive: true,
      keepAliveMsecs: TCP_KEEPALIVE_MS,
      maxFreeSockets: MAX_IDLE_CONNECTIONS,
      timeout: IDLE_CONNECTION_MS,
    });
  }

  async send(request: ApiRequest, limits: Limits, signal: AbortSignal): Promise<http.IncomingMessage> {
    signal.throwIfAborted();
    try {
      const options = await abortable(this.#credentials.requestOptions(), signal);
      const response = await this.#exchange(request, options, limits, signal);
      this.#report(request.method, String(response.statusCode));
      return response;
    } catch (error) {
      signal.throwIfAborted();
      this.#report(request.method, '<error>');
      throw unreachable(this.server, error);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #exchange(
    request: ApiRequest,
    options: Connection,
    limits: Limits,
    signal: AbortSignal,
  ): Promise<http.IncomingMessage> {
    try {
      return await this.#once(request, options, limits, signal);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return this.#once(request, options, limits, signal);
    }
  }

  #once(
    apiRequest: ApiRequest,
    options: Connection,
    limits: Limits,
    signal: AbortSignal,
  ): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.#start(apiRequest, options);
      let response: http.IncomingMessage | undefined;
      // Once there is a response, its reader must see the reason: destroying the request would show it a bare reset.
      const end = (reason: Error): void => {
        (response ?? request).destroy(reason);
      };
      const abort = (): void => {
        end(signal.reason as Error);
      };
      const limit = (ms: number): (() => void) =>
        this.#options.clock.after(ms, () => {
          end(tooLate(this.server, ms));
        });
      let cancelLimit = limit(limits.headersMs);
      signal.addEventListener('abort', abort, { once: true });
      request.once('response', (incoming) => {
        response = incoming;
        cancelLimit();
        cancelLimit = limit(limits.bodyMs);
        // Its reader hears of errors by reading; one that comes before it reads must not end the process.
        incoming.on('error', () => undefined);
        resolve(incoming);
      });
      request.on('error', (error) => {
        reject(
          isStale(apiRequest, request, error) ? new StaleConnection('closed while idle', { cause: error }) : error,
        );
      });
      request.once('close', () => {
        cancelLimit();
        signal.removeEventListener('abort', abort);
      });
      if (signal.aborted) abort();
    });
  }

  #start(apiRequest: ApiRequest, options: Connection): http.ClientRequest {
    const body = apiRequest.body === undefined ? undefined : Buffer.from(JSON.stringify(apiRequest.body));
    const { request: start } = this.#url.protocol === 'http:' ? http : https;
    const request = start(this.#target(apiRequest.path), {
      ...options,
      agent: options.agent ?? this.#agent,
      method: apiRequest.method,
      headers: { ...options.headers, ...this.#headers(apiRequest, body) },
    });
    const { beforeWrite } = this.#options;
    if (beforeWrite === undefined || apiRequest.method === 'GET') request.end(body);
    else
      request.once('socket', (socket) => {
        whenConnected(socket, () => {
          try {
            beforeWrite();
            request.end(body);
          } catch (error) {
            request.destroy(error as Error);
          }
        });
      });
    return request;
  }

  #target(path: string): string {
    return `${this.#url.origin}${this.#url.pathname.replace(/\/$/, '')}${path}`;
  }

  #headers(request: ApiRequest, body: Buffer | undefined): http.OutgoingHttpHeaders {
    return {
      accept: 'application/json',
      'user-agent': this.#options.userAgent,
      ...(request.as && impersonationHeaders(request.as)),
      ...(body && { 'content-type': request.contentType ?? 'application/json', 'content-length': body.length }),
    };
  }

  #report(method: string, code: string): void {
    this.#options.onRequest?.({ method, code, host: this.#url.host });
  }
}

/** Calls `go` at once on a connection that was kept, and else when there is one, with the peer's certificate accepted. */
function whenConnected(socket: Socket & { readonly secureConnecting?: boolean }, go: () => void): void {
  if (socket.secureConnecting === true) socket.once('secureConnect', go);
  else if (socket.connecting) socket.once('connect', go);
  else go();
}

/** The server had closed a kept connection before our request reached it: asking once more is safe. */
class StaleConnection extends Error {}

const isStale = (apiRequest: ApiRequest, request: http.ClientRequest, error: NodeJS.ErrnoException): boolean =>
  request.reusedSocket && apiRequest.method !== 'POST' && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

const tooLate = (server: string, ms: number): KubeUnreachable =>
  new KubeUnreachable(`The API server at ${server} was given up: no complete answer within ${String(ms / 1000)} s.`);

/** Rejects with the signal's reason as soon as it aborts, whatever becomes of the promise. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
