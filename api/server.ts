import { createServer, type Server } from 'node:http';
import type { Clock } from '../controllers/runtime/clock.ts';
import { pause } from '../controllers/runtime/clock.ts';
import type { Authenticator } from './auth/index.ts';
import { listen, type Place } from './http/listen.ts';
import { routes, type RouteOptions } from './http/routes.ts';
import { Upgrades } from './http/upgrade.ts';
import type { Bridge } from './session/bridge.ts';
import { CloseCode } from './session/session.ts';

export interface ServerOptions extends Omit<RouteOptions, 'clock' | 'log' | 'authenticator'> {
  readonly bridge: Bridge;
  readonly authenticator: Authenticator;
  readonly place: Place;
  /** Called once it listens. */
  readonly onListening?: (port: number) => void;
}

/** Connections that are no sockets yet, or never will be: probes, refusals. */
const MORE_CONNECTIONS = 256;
const GOODBYE_MS = 3_000;
const LOOKS_PER_IDLE = 4;

/** Serves until `stop` aborts; then tells every socket that it goes away (1001), and resolves when they are gone or were given time to. */
export async function serve(options: ServerOptions, stop: AbortSignal): Promise<void> {
  const { bridge, authenticator, trust, place } = options;
  const { clock, log, limits } = bridge;
  const upgrades = new Upgrades(bridge, authenticator, trust, stop);
  const answer = routes({ ...options, clock, log }, stop);
  const make = (): Server => {
    const server = createServer(
      {
        maxHeaderSize: limits.headerBytes,
        headersTimeout: limits.handshakeMs,
        requestTimeout: limits.handshakeMs,
        connectionsCheckingInterval: Math.min(limits.handshakeMs, 2_000),
        keepAliveTimeout: 5_000,
      },
      (request, response) => void answer(request, response),
    );
    server.maxConnections = limits.sockets + MORE_CONNECTIONS;
    server.on('upgrade', (request, socket, head) => void upgrades.handle(request, socket, head));
    return server;
  };
  const { servers, port } = await listen(make, place);
  log.info('Bridge listens', { address: place.address, port });
  options.onListening?.(port);
  const looking = lookAfter(bridge, stop);
  await untilAborted(stop);
  await looking;
  await sayGoodbye(servers, bridge);
  upgrades.terminate();
}

/** Pings who is silent and ends who stays so. */
async function lookAfter({ clock, clients, limits }: Bridge, stop: AbortSignal): Promise<void> {
  while (await pause(clock, limits.idleMs / LOOKS_PER_IDLE, stop)) {
    for (const session of [...clients]) session.look();
  }
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    }
  });

async function sayGoodbye(servers: readonly Server[], { clock, clients, mirrors }: Bridge): Promise<void> {
  const closed = Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        }),
    ),
  );
  for (const session of [...clients]) session.end(CloseCode.goingAway, 'The bridge restarts: connect again');
  mirrors.close();
  for (const server of servers) server.closeIdleConnections();
  await inTime(clock, closed);
  for (const server of servers) server.closeAllConnections();
}

/** Whatever comes first: its end, or the end of our patience. */
async function inTime(clock: Clock, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work, pause(clock, GOODBYE_MS, patience.signal)]);
  patience.abort(new Error('Done'));
}
