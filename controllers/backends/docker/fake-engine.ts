import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Route = (response: ServerResponse, request: IncomingMessage) => void;

/** The answers of an engine as a test writes them, on a real unix socket: for what a real engine does not do on demand. */
export interface FakeEngine {
  readonly socketPath: string;
  /** `GET /v1.41/version`: what was asked, in order. */
  readonly requests: readonly string[];
  /** Breaks all connections; nobody listens until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** `routes` by method and path without the API version: `GET /images/json`. Everything else is 404. */
export async function fakeEngine(
  routes: Readonly<Record<string, Route>>,
  version = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' },
): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'fake-engine-'));
  const socketPath = join(folder, 'docker.sock');
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://engine');
    requests.push(`${request.method ?? ''} ${pathname}`);
    const route = routes[`${request.method ?? ''} ${pathname.replace(/^\/v[\d.]+/, '')}`];
    if (route !== undefined) route(response, request);
    else if (pathname === '/version') json(response, 200, version);
    else json(response, 404, { message: `page not found: ${pathname}` });
  });
  const start = async (): Promise<void> => {
    server.listen(socketPath);
    await once(server, 'listening');
  };
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  await start();
  return {
    socketPath,
    requests,
    start,
    stop,
    async remove() {
      if (server.listening) await stop();
      await rm(folder, { recursive: true });
    },
  };
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
