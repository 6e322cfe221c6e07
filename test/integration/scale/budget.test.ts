import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import { notingRequests, tally } from '../../fixtures/operator/noted-requests.ts';
import { clusterManifest, roomyPool } from '../../fixtures/operator/objects.ts';
import { serverWrites } from '../../fixtures/operator/server-writes.ts';

jest.setTimeout(120_000);

/**
 * What making one cluster of three nodes may cost the management API server, at most; docs/operations.md has the table.
 * How many statuses there are depends on which of several changes one pass sees together, so on how busy the machine is. Of a Node
 * the bound is each step that can be told apart, seven: waiting for an address, for its control plane to start, and to be
 * bootstrapped, joining, joined, registered, Ready. Of the others it is half as much again as was seen on a busy machine.
 */
const BUDGET: Readonly<Record<string, number>> = {
  'mergePatch clusters': 1,
  'apply networks': 1,
  'apply nodes': 3,
  'apply loadbalancers': 1,
  'apply secrets': 2,
  'create events': 16,
  'get secrets': 12,
  'apply clusters/status': 18,
  'apply networks/status': 6,
  'apply nodes/status': 21,
  'apply loadbalancers/status': 6,
  'apply addresspools/status': 2,
};

/** One request each to begin with, and no more as long as the server keeps the watches open. */
const FOLLOWED = ['clusters', 'nodes', 'networks', 'users', 'loadbalancers', 'addresspools'];

describe('what the operator asks of the management API server', () => {
  let installation: MemoryInstallation;
  const requests: string[] = [];

  beforeAll(async () => {
    installation = await MemoryInstallation.start();
    const note = (request: string): void => void requests.push(request);
    installation.run({ wrap: (client) => notingRequests(client, note) });
  });

  afterAll(async () => installation?.remove());

  test('is one list and one watch of each kind to begin with', async () => {
    await delay(1_000);
    expect(tally(requests)).toEqual(
      Object.fromEntries(FOLLOWED.flatMap((kind) => [`list ${kind}`, `watch ${kind}`].map((request) => [request, 1]))),
    );
  });

  test('stays within the budget while a cluster of three nodes is made, as the server counts too', async () => {
    await installation.apply(roomyPool());
    await installation.kubectl('wait', '--for=condition=Ready', 'addresspool/default', '--timeout=60s');
    const before = await serverWrites(installation.kube);
    requests.length = 0;
    await installation.apply(clusterManifest('dev', { workers: 2 }));
    await installation.kubectl('wait', '--for=condition=Ready', 'cluster/dev', '--timeout=60s');
    await delay(1_500);
    const made = tally(requests);
    for (const [request, count] of Object.entries(made)) {
      expect({ request, isWithin: count <= (BUDGET[request] ?? 0), count }).toMatchObject({ request, isWithin: true });
    }
    const isWrite = (request: string): boolean => !/^(get|list|watch) /.test(request);
    const ours = requests.filter(isWrite).length;
    // One is the user's: the Cluster itself.
    expect((await serverWrites(installation.kube)) - before).toBe(ours + 1);
  });

  test('is nothing but a look at each Secret when nothing happens', async () => {
    requests.length = 0;
    await delay(2_000);
    expect(requests.filter((request) => request !== 'get secrets')).toEqual([]);
  });
});
