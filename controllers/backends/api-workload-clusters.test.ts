import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { KubeUnreachable } from '../kube/error.ts';
import { FakeClock } from '../runtime/clock.ts';
import { apiWorkloadClusters } from './api-workload-clusters.ts';
import { WORKLOAD_PATIENCE_MS } from './workload-clusters.ts';

test('a cluster that takes connections and never answers is given up', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clock = new FakeClock();
  const clusters = apiWorkloadClusters({ clock });
  const client = clusters.connect(`
current-context: it
contexts: [{name: it, context: {cluster: it, user: me}}]
clusters: [{name: it, cluster: {server: 'https://127.0.0.1:${String(port)}'}}]
users: [{name: me, user: {}}]
`);
  const asked = client.raw('/readyz', new AbortController().signal).catch((error: unknown) => error);
  const [socket] = (await once(server, 'connection')) as [{ destroy(): void }];
  await clock.advance(WORKLOAD_PATIENCE_MS);
  expect(await asked).toBeInstanceOf(KubeUnreachable);
  clusters.close();
  socket.destroy();
  server.close();
});
