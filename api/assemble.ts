import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import { soon, SystemClock } from '../controllers/runtime/clock.ts';
import type { Check } from '../controllers/runtime/health.ts';
import type { Logger } from '../controllers/runtime/log.ts';
import { Metrics } from '../controllers/runtime/metrics.ts';
import type { Authenticator } from './auth/index.ts';
import type { Commands } from './commands/index.ts';
import { limitsOf, type Config } from './config.ts';
import { assertMayListen } from './http/listen.ts';
import { LOOPBACK_HOSTS, type Trust } from './http/origin.ts';
import type { Route } from './http/routes.ts';
import { Flusher } from './mirror/flusher.ts';
import { Mirrors } from './mirror/mirrors.ts';
import { serve } from './server.ts';
import type { Bridge } from './session/bridge.ts';
import { Clients } from './session/clients.ts';
import { Envelopes } from './session/envelopes.ts';
import { bridgeMetrics, type BridgeState } from './session/metrics.ts';

export const VERSION: string = packageJson.version;

/** What the bridge is made with, beside its sockets. */
export interface Parts {
  readonly authenticator: Authenticator;
  readonly commands: Commands;
  readonly routes?: Readonly<Record<string, Route>>;
  /** What must be well for `/readyz`. */
  readonly ready: Readonly<Record<string, Check>>;
  /** What goes on beside the sockets, until they are gone; when it fails, the bridge ends. */
  run?(): Promise<void>;
  /** Frees what they hold, after the last socket. */
  close(): void;
}

/** What those parts may be made with. */
export interface Shared {
  readonly clock: SystemClock;
  readonly metrics: Metrics;
  readonly clients: Clients;
}

/** Serves websockets until `stop` aborts. Rejects with what to do when it can not listen, or may not. */
export async function runBridge(
  { config, asyncapi, log }: { readonly config: Config; readonly asyncapi: string; readonly log: Logger },
  makeParts: (shared: Shared, stop: AbortSignal) => Parts,
  stop: AbortSignal,
): Promise<void> {
  const place = { address: config.QBO_API_ADDRESS, port: config.QBO_API_PORT };
  assertMayListen(place, config.QBO_API_AUTH !== 'none');
  const clock = new SystemClock();
  const clients = new Clients();
  const mirrors = new Mirrors();
  const metrics = new Metrics({ process: true });
  metrics.read(
    { name: 'qbo_build_info', help: 'Always 1: which bridge this is', labelNames: ['version', 'nodejs'] },
    () => [{ labels: { version: VERSION, nodejs: process.versions.node }, value: 1 }],
  );
  const failed = new AbortController();
  const either = AbortSignal.any([stop, failed.signal]);
  const parts = makeParts({ clock, metrics, clients }, either);
  const { commands, authenticator, ready, routes } = parts;
  const host = hostname();
  let thread = 0;
  const bridge: Bridge = {
    clock,
    log,
    commands,
    mirrors,
    clients,
    flusher: new Flusher(clock, soon),
    envelopes: new Envelopes(clock, { host, agent: `qbo-thread/api:${VERSION}` }),
    metrics: bridgeMetrics(metrics, () => stateOf(clients, mirrors)),
    limits: limitsOf(config),
    host,
    processId: process.pid,
    nextThread: () => (thread += 1),
    randomUuid: randomUUID,
  };
  const own = routes === undefined ? {} : { routes };
  const beside = (parts.run?.() ?? Promise.resolve()).catch((error: unknown) => {
    failed.abort(error);
  });
  try {
    await serve({ bridge, authenticator, place, trust: trustOf(config), ready, metrics, asyncapi, ...own }, either);
  } catch (error) {
    failed.abort(error);
    throw error;
  } finally {
    await beside;
    parts.close();
  }
  if (!stop.aborted) throw failed.signal.reason;
}

function trustOf({ QBO_API_AUTH, QBO_API_HOSTS, QBO_API_ORIGINS }: Config): Trust {
  const origins = new Set(QBO_API_ORIGINS);
  if (QBO_API_AUTH === 'none') return { origins, hosts: new Set([...LOOPBACK_HOSTS, ...QBO_API_HOSTS]) };
  return QBO_API_HOSTS.length === 0 ? { origins } : { origins, hosts: new Set(QBO_API_HOSTS) };
}

function stateOf(clients: Clients, mirrors: Mirrors): BridgeState {
  const sessions = [...clients];
  return {
    sockets: clients.size,
    streams: mirrors.streams,
    commands: sessions.reduce((sum, { commands }) => sum + commands, 0),
    queued: sessions.reduce((sum, { queued }) => sum + queued, 0),
  };
}
