import { expect, jest, test } from '@jest/globals';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { KubeApiError } from '../kube/error.ts';
import { KubeNodeType, PodType } from '../kube/kinds.ts';
import type { Pod } from '../kube/kinds.ts';

// Whole lives of clusters, on a machine that may have other things to do.
jest.setTimeout(60_000);

const { signal } = new AbortController();

async function withPods(...pods: { readonly name: string; readonly metadata?: object; readonly phase?: string }[]) {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  const nodeName = sim.workers('dev')[0]?.status?.hostname ?? '';
  const client = sim.inside('dev').client('user');
  for (const { name, metadata = {}, phase = 'Running' } of pods) {
    const identity = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' } };
    const spec = { nodeName, containers: [{ name: 'main' }] };
    await client.create<Pod>(PodType, { ...identity, metadata: { ...identity.metadata, ...metadata }, spec }, signal);
    await client.apply(
      PodType,
      { ...identity, status: { phase } },
      { fieldManager: 'kubelet', subresource: 'status' },
      signal,
    );
  }
  return sim;
}

const evictions = (sim: Simulation): number => sim.inside('dev').requests()['evict Pod'] ?? 0;
const podNames = (sim: Simulation): string[] =>
  sim
    .inside('dev')
    .peekAll(PodType)
    .map(({ metadata }) => metadata.name);

test('a node that leaves is closed to new pods, its pods are evicted, and only then its container goes', async () => {
  const sim = await withPods({ name: 'web' });
  const hostname = sim.workers('dev')[0]?.status?.hostname ?? '';
  sim.inside('dev').forgetRequests();
  const before = sim.life.writes.length;
  await sim.user.scale('dev', 0);
  await sim.settled();
  const order = sim.life.writes
    .slice(before)
    .filter((write) =>
      [
        `workload.mergePatch nodes ${hostname}`,
        'workload.evict web',
        `workload.delete nodes ${hostname}`,
        'engine.remove ',
      ].some((start) => write.startsWith(start)),
    );
  // A pass over a cache that lags behind may ask again for what is done.
  expect(order.map((write) => write.split(' ')[0]).slice(0, 4)).toEqual([
    'workload.mergePatch',
    'workload.evict',
    'workload.delete',
    'engine.remove',
  ]);
  expect(evictions(sim)).toBe(1);
  expect(podNames(sim)).toEqual([]);
  expect(sim.kubeNodes('dev')).toHaveLength(1);
});

test('pods of DaemonSets, static pods and pods that have ended are not evicted', async () => {
  const daemon = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'a' }] };
  const sim = await withPods(
    { name: 'agent', metadata: daemon },
    { name: 'static', metadata: { annotations: { 'kubernetes.io/config.mirror': 'hash' } } },
    { name: 'done', phase: 'Succeeded' },
  );
  await sim.user.scale('dev', 0);
  await sim.settled();
  expect(evictions(sim)).toBe(0);
  expect(sim.workers('dev')).toEqual([]);
});

test('a pod that may not leave now holds its node, which says so, until it may', async () => {
  const sim = await withPods({ name: 'web' });
  let isHeld = true;
  sim.inside('dev').onRequest = (verb) =>
    verb === 'evict' && isHeld
      ? new KubeApiError(429, 'TooManyRequests', 'Cannot evict pod as it would violate the disruption budget')
      : undefined;
  await sim.user.scale('dev', 0);
  await sim.pass(30_000);
  expect(sim.condition(sim.workers('dev')[0]!, 'Ready')?.message).toBe('Waiting for pods to leave: default/web');
  expect(sim.engine.look().containers).toHaveLength(2);
  isHeld = false;
  await sim.settled();
  expect(sim.engine.look().containers).toHaveLength(1);
});

test('a pod that never leaves does not hold its node for ever', async () => {
  const sim = await withPods({ name: 'web' });
  sim.inside('dev').onRequest = (verb) =>
    verb === 'evict' ? new KubeApiError(429, 'TooManyRequests', 'no') : undefined;
  await sim.user.scale('dev', 0);
  await sim.pass(115_000);
  expect(sim.engine.look().containers).toHaveLength(2);
  await sim.settled();
  expect(sim.engine.look().containers).toHaveLength(1);
  expect(sim.inside('dev').peekAll(KubeNodeType)).toHaveLength(1);
});

test('a dead API server does not make a node immortal', async () => {
  const sim = await withPods();
  sim.inside('dev').stop();
  await sim.user.scale('dev', 0);
  await sim.pass(60_000);
  expect(sim.condition(sim.workers('dev')[0]!, 'Ready')?.message).toContain('The API server can not be asked');
  await sim.settled();
  expect(sim.workers('dev')).toEqual([]);
  expect(sim.engine.look().containers).toHaveLength(1);
});

test('pods of a node that is down are not waited for', async () => {
  const sim = await withPods({ name: 'web' });
  const worker = sim.workers('dev')[0]!;
  sim.engine.unavailable(true);
  await sim.user.scale('dev', 0);
  await sim.pass(100);
  sim.engine.unavailable(false);
  sim.engine.stop(sim.container(worker).name);
  await sim.settled();
  expect(sim.workers('dev')).toEqual([]);
  expect(sim.kubeNodes('dev')).toHaveLength(1);
});

test('a kubelet that registers once more while its node leaves is forgotten all the same', async () => {
  const sim = await withPods();
  const inside = sim.inside('dev');
  const name = sim.workers('dev')[0]?.status?.hostname ?? '';
  let isBack = false;
  inside.onResponse = (verb) => {
    if (verb === 'delete' && !isBack) {
      isBack = true;
      void inside
        .client('kubelet')
        .create(KubeNodeType, { apiVersion: 'v1', kind: 'Node', metadata: { name } }, signal);
    }
    return undefined;
  };
  await sim.user.scale('dev', 0);
  await sim.settled();
  expect(isBack).toBe(true);
  expect(sim.kubeNodes('dev')).toHaveLength(1);
});
