import { SystemClock, type Clock } from '../runtime/clock.ts';
import type { KubeClient } from './client.ts';
import { loadCredentials, type ClientSource } from './credentials.ts';
import { HttpKubeClient } from './http-client.ts';
import { sendingAs, type ClientsAs } from './impersonation.ts';
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
  return new HttpKubeClient(transportTo(source, options), options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
}

/**
 * Clients of one API server that act as somebody else, all over one pool of connections. Whose credentials these are must
 * be allowed to impersonate whoever is named. Throws as `apiServerClient` does.
 */
export function impersonatingClients(source: ClientSource, options: ClientOptions = {}): ClientsAs {
  const transport = transportTo(source, options);
  return {
    as: (who) => new HttpKubeClient(sendingAs(transport, who), options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS),
    close: () => {
      transport.close();
    },
  };
}

const REQUEST_TIMEOUT_MS = 30_000;

function transportTo(source: ClientSource, options: ClientOptions): Transport {
  const { clock = new SystemClock(), userAgent = 'qbo-operator', onRequest, beforeWrite } = options;
  return new Transport(loadCredentials(source), { clock, userAgent, onRequest, beforeWrite });
}
