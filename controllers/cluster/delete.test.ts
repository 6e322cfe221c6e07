import { describe, expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import { cluster, node } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import { SecretType } from '../kube/kinds.ts';

test('a cluster that is deleted leaves nothing behind, here or in the engine', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
  expect(sim.residue()).toEqual([]);
});

test('its workers go first, then the control plane, then the network', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  const control = sim.container(sim.controlPlane('dev')).id;
  const { dockerNetworkID = '' } = sim.network('dev').status ?? {};
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  const removals = sim.life.writes.filter((write) => /^engine\.(networks\.)?remove /.test(write));
  expect(removals).toHaveLength(4);
  expect(removals.slice(2)).toEqual([`engine.remove ${control}`, `engine.networks.remove ${dockerNetworkID}`]);
});

test('nobody drains pods out of a cluster that goes as a whole', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.life.writes.filter((write) => write.startsWith('workload.') && write.includes('evict'))).toEqual([]);
});

test('another cluster is not touched', async () => {
  const sim = await simulation({ clusters: [cluster('dev'), cluster('other', { workers: 1 })] }).settled();
  const before = sim.nodes('other').map((one) => sim.container(one));
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.nodes('other').map((one) => sim.container(one))).toEqual(before);
  expect(sim.ready('other')).toBe(true);
});

test('a cluster of the same name can be made anew at once, and knows nothing of the former one', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  const { uid } = sim.cluster('dev').metadata;
  const former = sim.secret('dev-kubeconfig')?.data;
  await sim.user.delete(ClusterKind, 'dev');
  await sim.until('it is gone', () => sim.find(ClusterKind, 'dev') === undefined);
  await sim.user.apply(cluster('dev', { workers: 1 }));
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.cluster('dev').metadata.uid).not.toBe(uid);
  expect(sim.secret('dev-kubeconfig')?.data).not.toEqual(former);
  expect(sim.engine.look().containers).toHaveLength(2);
});

test.each([20, 120, 320, 330, 400])(
  'children that the cache has not heard of when it is deleted go with it (%i ms after it was declared)',
  async (ms) => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })], watchLagMs: 300 });
    await sim.pass(ms);
    await sim.user.delete(ClusterKind, 'dev');
    await sim.until('the Cluster is gone', () => sim.find(ClusterKind, 'dev') === undefined);
    expect(sim.residue()).toEqual([]);
  },
);

test('a network that is deleted while its cluster lives is made again when the engine has lost it', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  await sim.user.delete(NetworkKind, 'dev');
  await sim.settled();
  const { address } = sim.controlPlane('dev').status ?? {};
  sim.engine.removeNetwork(sim.engine.look().networks[0]?.name ?? '');
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(Object.values(sim.container(sim.controlPlane('dev')).addresses)).toEqual([address]);
});

test('its kubeconfig goes with it, also when somebody took from the Secret whose it is', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  const secret = { namespace: 'default', name: 'dev-kubeconfig' };
  await sim.user.delete(ClusterKind, 'dev');
  await sim.user.client.mergePatch(
    SecretType,
    secret,
    { metadata: { ownerReferences: null } },
    new AbortController().signal,
  );
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});

describe('a cluster goes without residue', () => {
  test.each([0, 100, 1_000, 3_000, 5_000, 8_000, 9_500])('%i ms after it was declared', async (ms) => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
    await sim.pass(ms);
    await sim.user.delete(ClusterKind, 'dev');
    await sim.settled();
    expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
    expect(sim.residue()).toEqual([]);
  });

  test('when its API server is dead', async () => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
    sim.inside('dev').stop();
    await sim.user.delete(ClusterKind, 'dev');
    await sim.settled();
    expect(sim.residue()).toEqual([]);
  });

  test('when its bootstrapping fails again and again', async () => {
    const sim = await simulation({ clusters: [cluster('dev')], kubeadm: () => ({ exitCode: 1, steps: [] }) });
    await sim.pass(60_000);
    await sim.user.delete(ClusterKind, 'dev');
    await sim.settled();
    expect(sim.residue()).toEqual([]);
  });

  test('when its containers, network and volumes were removed behind our back', async () => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
    await sim.user.annotate(ClusterKind, 'dev', { 'qbo.io/paused': 'true' });
    for (const { metadata } of sim.nodes('dev')) {
      await sim.user.annotate(NodeKind, metadata.name, { 'qbo.io/paused': 'true' });
    }
    await sim.settled();
    for (const { name } of sim.engine.look().containers) sim.engine.removeBehindOurBack(name);
    await sim.user.delete(ClusterKind, 'dev');
    await sim.user.annotate(ClusterKind, 'dev', { 'qbo.io/paused': null });
    for (const { metadata } of sim.nodes('dev')) {
      await sim.user.annotate(NodeKind, metadata.name, { 'qbo.io/paused': null });
    }
    await sim.settled();
    expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
    expect(sim.residue()).toEqual([]);
  });

  test('when it has an image that can not be had', async () => {
    const sim = await simulation({ clusters: [cluster('dev', { image: 'nowhere.invalid/node:v9.9.9' })] });
    await sim.pass(60_000);
    await sim.user.delete(ClusterKind, 'dev');
    await sim.settled();
    expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
    expect(sim.residue()).toEqual([]);
  });

  test.each([
    ['the network first', [NetworkKind, NodeKind, ClusterKind]],
    ['the nodes first', [NodeKind, NetworkKind, ClusterKind]],
    ['the cluster first, then everything at once', [ClusterKind, NetworkKind, NodeKind]],
  ])('when people delete its parts: %s', async (_, kinds) => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
    for (const kind of kinds) {
      const names = kind === NodeKind ? sim.nodes('dev').map(({ metadata }) => metadata.name) : ['dev'];
      for (const name of names) await sim.user.delete(kind, name);
      await sim.pass(300);
    }
    await sim.user.delete(SecretType, 'dev-kubeconfig');
    await sim.settled();
    expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
    expect(sim.residue()).toEqual([]);
  });

  test('with a Node that a user declared to join it', async () => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] });
    await sim.user.apply(node('spare', { cluster: 'dev' }));
    await sim.settled();
    await sim.user.delete(ClusterKind, 'dev');
    await sim.settled();
    expect(sim.residue()).toEqual([]);
  });
});

test('while it goes, Ready says what it waits for', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  const [worker] = sim.workers('dev');
  sim.engine.unavailable(true);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.pass(5_000);
  const name = worker?.metadata.name ?? '';
  expect(sim.says('dev')).toBe(
    `False Deleting: Removing workers: ${name}. Node ${name}: ${sim.condition(sim.node(name), 'Deleting')?.message ?? ''}`,
  );
  expect(sim.says('dev')).toContain('The container engine at memory does not answer');
  expect(sim.condition(sim.node(worker?.metadata.name ?? ''), 'Ready')).toMatchObject({
    status: 'False',
    reason: 'Deleting',
    message: expect.stringContaining('The container engine at memory does not answer'),
  });
  sim.engine.unavailable(false);
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});

test('a network that is deleted while its cluster lives serves on, and goes with the cluster', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  await sim.user.delete(NetworkKind, 'dev');
  await sim.settled();
  expect(sim.engine.look().networks).toHaveLength(1);
  expect(sim.condition(sim.network('dev'), 'Ready')?.message).toContain('Still in use by Nodes');
  await sim.user.scale('dev', 2);
  await sim.settled();
  expect(sim.kubeNodes('dev')).toHaveLength(3);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});
