import { createServer } from 'node:net';

import { run } from '../console/run.ts';
import type { Engine } from '../engine/ensure-engine.ts';
import { docker } from '../node-image/docker.ts';
import { PORT_LABEL, type BridgePlace } from './place.ts';

/** Throws who has the bridge's port, and what to do, when it is somebody else. */
export async function assertPortIsOurs(engine: Engine, { container, address, port }: BridgePlace): Promise<void> {
  if (await isFree(address, port)) return;
  const other = await bridgeOn(engine, port);
  if (other === container) return;
  const who = other === undefined ? await programOn(port) : `${other}, the bridge of another installation,`;
  throw new Error(
    `Port ${String(port)} of ${address}, on which the bridge is to listen, is taken: ${who} has it. Stop that, or choose ` +
      `another port: QBO_API_PORT=${String(port < 60_000 ? port + 100 : port - 100)} make up`,
  );
}

const isFree = (address: string, port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else
        reject(
          new Error(
            `The bridge can not listen on ${address}: ${error.message}. Choose others with QBO_API_ADDRESS and QBO_API_PORT.`,
          ),
        );
    });
    server.listen({ host: address, port }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });

async function bridgeOn(engine: Engine, port: number): Promise<string | undefined> {
  const filter = `label=${PORT_LABEL}=${String(port)}`;
  const { stdout } = await docker(engine, ['container', 'ls', '--filter', filter, '--format', '{{.Names}}']);
  return stdout.trim().split('\n')[0] || undefined;
}

/** As `ss` knows it; it may not be there, and tells other people's programs only to root. */
async function programOn(port: number): Promise<string> {
  const argv = ['ss', '--no-header', '--listening', '--tcp', '--processes', `sport = :${String(port)}`] as const;
  const listed = await run(argv).catch(() => ({ stdout: '' }));
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(listed.stdout) ?? [];
  return name === undefined || pid === undefined ? 'another program' : `${name} (process ${pid})`;
}
