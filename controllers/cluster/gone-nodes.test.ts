import { expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { NodeKind } from '../../crds/node.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { KubeNodeType } from '../kube/kinds.ts';

const { signal } = new AbortController();

const power = (sim: Simulation, to: 'Running' | 'Stopped') =>
  sim.user.client.mergePatch(ClusterKind, { namespace: 'default', name: 'dev' }, { spec: { power: to } }, signal);

const known = (sim: Simulation): string[] => sim.kubeNodes('dev').map(({ metadata }) => metadata.name);

test('a worker that left while its cluster was stopped is forgotten when the cluster runs again', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  await power(sim, 'Stopped');
  await sim.settled();
  await sim.user.scale('dev', 1);
  await sim.settled();
  await power(sim, 'Running');
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(known(sim).sort()).toEqual(
    sim
      .nodes('dev')
      .map(({ status }) => status?.hostname)
      .sort(),
  );
  expect(sim.events('Cluster', 'dev').filter((event) => event.startsWith('Normal NodeForgotten'))).toHaveLength(1);
});

test('a machine that somebody else joined, or whose Node the cache does not know yet, is left alone', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })], watchLagMs: 300 }).settled();
  const { apiVersion, kind } = KubeNodeType;
  const inside = sim.inside('dev').client('kubernetes');
  await inside.create(KubeNodeType, { apiVersion, kind, metadata: { name: 'theirs' } }, signal);
  await sim.user.scale('dev', 2);
  await sim.settled();
  expect(known(sim)).toHaveLength(4);
  expect(sim.workers('dev')).toHaveLength(2);
  const gone = sim.workers('dev')[0]?.metadata.name ?? '';
  await sim.user.delete(NodeKind, gone);
  await sim.settled();
  expect(known(sim)).toContain('theirs');
  expect(sim.events('Cluster', 'dev').filter((event) => event.includes('NodeForgotten'))).toEqual([]);
});
