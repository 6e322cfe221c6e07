import { expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { Label } from '../../crds/names.ts';
import { cluster, node } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';

const CLUSTERS = [cluster('dev', { workers: 1 }), cluster('dev', { workers: 1 }, { namespace: 'team' })];

test('two clusters of one name in two namespaces both work, and kind tells them apart', async () => {
  const sim = await simulation({ clusters: CLUSTERS }).settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.ready('team/dev')).toBe(true);
  const kindNames = ['dev', 'team/dev'].map((name) => sim.cluster(name).status?.kindName);
  expect(new Set(kindNames).size).toBe(2);
  // One has the plain name; the other is qualified by its namespace.
  expect(kindNames).toContain('dev');
  expect(['default-dev', 'team-dev']).toContain(kindNames.find((name) => name !== 'dev'));
  for (const name of ['dev', 'team/dev']) {
    const labels = sim.nodes(name).map((each) => sim.container(each).labels[Label.kindCluster]);
    expect(new Set(labels)).toEqual(new Set([sim.cluster(name).status?.kindName]));
  }
  expect(sim.network('dev').status?.dockerNetwork).not.toBe(sim.network('team/dev').status?.dockerNetwork);
});

test('containers carry the chosen name for kind, however late the caches hear of it', async () => {
  const sim = await simulation({ clusters: CLUSTERS, watchLagMs: 300 }).settled();
  for (const name of ['dev', 'team/dev']) {
    const labels = sim.nodes(name).map((each) => sim.container(each).labels[Label.kindCluster]);
    expect(new Set(labels)).toEqual(new Set([sim.cluster(name).status?.kindName]));
  }
});

test('when one of the two goes, the other stays as it is', async () => {
  const sim = await simulation({ clusters: CLUSTERS }).settled();
  const before = sim.nodes('team/dev').map((each) => sim.container(each));
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.nodes('team/dev').map((each) => sim.container(each))).toEqual(before);
  expect(sim.ready('team/dev')).toBe(true);
  expect(sim.engine.look().networks).toHaveLength(1);
});

test('a later cluster of that name never takes the kind name of an older one, which keeps its own', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 }, { namespace: 'team' })] }).settled();
  await sim.user.apply(cluster('dev', { workers: 0 }));
  await sim.settled();
  expect(sim.cluster('team/dev').status?.kindName).toBe('dev');
  expect(sim.cluster('dev').status?.kindName).toBe('default-dev');
});

test('a cluster that kind made is somebody else’s, and its name is not taken either', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 0 })],
    before: ({ engine }) => {
      engine.foreignContainer('dev-control-plane', { labels: { [Label.kindCluster]: 'dev' } });
    },
  }).settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.cluster('dev').status?.kindName).toBe('default-dev');
});

test('two Nodes of one name in two namespaces have containers of different names', async () => {
  const sim = await simulation({ clusters: CLUSTERS });
  await sim.user.apply(node('spare', { cluster: 'dev' }));
  await sim.user.apply(node('spare', { cluster: 'dev' }, { namespace: 'team' }));
  await sim.settled();
  const names = ['spare', 'team/spare'].map((name) => sim.node(name).status?.containerName);
  expect(new Set(names).size).toBe(2);
  expect(names.filter((name) => ['spare', 'default-spare', 'team-spare'].includes(name ?? ''))).toHaveLength(2);
  expect(sim.ready('dev') && sim.ready('team/dev')).toBe(true);
});
