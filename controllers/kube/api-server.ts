import { SystemClock, type Clock } from '../runtime/clock.ts';
import type { KubeClient } from './client.ts';
import { loadCredentials, type ClientSource } from './credentials.ts';
import { HttpKubeClient } from './http-client.ts';
import { Transport, type RequestInfo } from './transport.ts';

export type { ClientSource } from './credentials.ts';
export type { RequestInfo } from './transport.ts';

export interface ClientOptions {
  /** Longest wait for an answer; a watch must begin within it, and then lasts as long as was asked. Default 30 s. */
  readonly requestTimeoutMs?: number;
  readonly userAgent?: string;
  /** Called once for each answered or failed request: for metrics. */
  readonly onRequest?: (info: RequestInfo) => void;
  /** Called right before the first byte of a request that may write is sent: what it throws ends the request. */
  readonly beforeWrite?: () => void;
  readonly clock?: Clock;
}

/**
 * A client of a real API server. This file is the only way by which `@kubernetes/client-node` is loaded: import it where
 * a server is really spoken to, and `client.ts` everywhere else. Costs nothing until it is used; close it after.
 * Throws when the kubeconfig can not be read or names no server.
 */
export function apiServerClient(source: ClientSource, options: ClientOptions = {}): KubeClient {
  const { requestTimeoutMs = 30_000, userAgent = 'qbo-operator', onRequest, beforeWrite } = options;
  const transport = { clock: options.clock ?? new SystemClock(), userAgent, onRequest, beforeWrite };
  return new HttpKubeClient(new Transport(loadCredentials(source), transport), requestTimeoutMs);
}
