import { expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { NodeKind } from '../../crds/node.ts';
import { NODE_IMAGE } from '../../test/fixtures/world/node-image.ts';
import { cluster, node } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';

test('a Node that a user declares joins its cluster beside the workers that the cluster made', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  await sim.user.apply(node('spare', { cluster: 'dev' }));
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.cluster('dev').status).toMatchObject({ nodes: '3/3', workers: 1 });
  expect(sim.node('spare').status).toMatchObject({
    image: NODE_IMAGE,
    address: '172.18.0.5',
    hostname: 'spare.localhost',
  });
  expect(sim.kubeNodes('dev').map(({ metadata }) => metadata.name)).toContain('spare.localhost');
});

test('a declared Node that is deleted leaves, and is not replaced', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
  await sim.user.apply(node('spare', { cluster: 'dev' }));
  await sim.settled();
  await sim.user.delete(NodeKind, 'spare');
  await sim.settled();
  expect(sim.find(NodeKind, 'spare')).toBeUndefined();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.cluster('dev').status?.nodes).toBe('2/2');
  expect(sim.kubeNodes('dev')).toHaveLength(2);
  expect(sim.engine.look().containers).toHaveLength(2);
});

test('scaling down never takes a declared Node', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
  await sim.user.apply(node('spare', { cluster: 'dev' }));
  await sim.settled();
  await sim.user.scale('dev', 0);
  await sim.settled();
  expect(sim.workers('dev').map(({ metadata }) => metadata.name)).toEqual(['spare']);
  expect(sim.ready('dev')).toBe(true);
});

test('a Node may have an image of its own', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 0, image: NODE_IMAGE })],
    images: [NODE_IMAGE, 'kindest/node:v1.35.9-ours'],
  });
  await sim.user.apply(node('spare', { cluster: 'dev', image: 'kindest/node:v1.35.9-ours' }));
  await sim.settled();
  expect(sim.container(sim.node('spare')).image.reference).toBe('kindest/node:v1.35.9-ours');
});

test('a Node whose own image can not be had says so, and its cluster with it', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  await sim.user.apply(node('spare', { cluster: 'dev', image: 'nowhere.invalid/node:v1' }));
  await sim.settled();
  expect(sim.condition(sim.node('spare'), 'Ready')?.reason).toBe('ImageUnavailable');
  expect(sim.says('dev')).toContain('False ImageUnavailable: Node spare: Image nowhere.invalid/node:v1');
  sim.addImage('nowhere.invalid/node:v1');
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('a second control plane would be a cluster of its own: it is refused, and what is there is not touched', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  const before = sim.engine.look();
  const control = sim.controlPlane('dev').metadata.name;
  await sim.user.apply(node('second', { cluster: 'dev', role: 'control-plane' }));
  await sim.settled();
  expect(sim.condition(sim.node('second'), 'Ready')?.message).toContain(
    `cluster dev has its control plane, Node ${control}, and more than one come with a later release`,
  );
  expect(sim.engine.look()).toEqual(before);
  await sim.user.delete(NodeKind, 'second');
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('the control plane that bootstraps is the last one, whatever others are declared beside it', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  const { name } = sim.controlPlane('dev').metadata;
  await sim.user.apply(node('second', { cluster: 'dev', role: 'control-plane' }));
  await sim.user.delete(NodeKind, name);
  await sim.settled();
  expect(sim.container(sim.node(name)).state).toBe('running');
  expect(sim.kubeNodes('dev')).toHaveLength(1);
});

test('a Node of a cluster that is not there says so, goes when it is deleted, and joins when the cluster comes', async () => {
  const sim = await simulation();
  await sim.user.apply(node('early', { cluster: 'dev' }));
  await sim.user.apply(node('unwanted', { cluster: 'dev' }));
  await sim.settled();
  expect(sim.condition(sim.node('early'), 'Ready')).toMatchObject({ status: 'False', reason: 'ClusterNotFound' });
  await sim.user.delete(NodeKind, 'unwanted');
  await sim.user.apply(cluster('dev', { workers: 0 }));
  await sim.settled();
  expect(sim.find(NodeKind, 'unwanted')).toBeUndefined();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.kubeNodes('dev')).toHaveLength(2);
});

test('a host name that is too long is refused in plain words', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0, domain: `${'a'.repeat(30)}.example` })] });
  await sim.user.apply(node('n'.repeat(40), { cluster: 'dev' }));
  await sim.settled();
  expect(sim.condition(sim.node('n'.repeat(40)), 'Ready')?.message).toContain('has 79 characters, and 63 are the most');
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});

test('the last control plane can not be deleted, and says how a cluster is deleted; its cluster works on', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  const { name } = sim.controlPlane('dev').metadata;
  await sim.user.delete(NodeKind, name);
  await sim.settled();
  expect(sim.condition(sim.node(name), 'Ready')).toMatchObject({ status: 'False', reason: 'Deleting' });
  expect(sim.condition(sim.node(name), 'Ready')?.message).toContain(
    'To remove the whole cluster: kubectl delete cluster dev',
  );
  expect(sim.container(sim.node(name)).state).toBe('running');
  expect(sim.nodes('dev')).toHaveLength(2);
  expect(sim.kubeNodes('dev')).toHaveLength(2);
  // It can not be brought back from its deletion, so it is repaired in it.
  sim.engine.removeBehindOurBack(sim.container(sim.node(name)).name);
  await sim.settled();
  expect(sim.container(sim.node(name)).state).toBe('running');
  sim.kubernetes.stopService(sim.container(sim.node(name)).name, 'kubelet');
  await sim.settled();
  expect(sim.condition(sim.node(name), 'Healthy')).toMatchObject({ status: 'True' });
  sim.kubernetes.ail(sim.container(sim.node(name)), { until: 'restarted' });
  await sim.pass(10 * 60_000);
  expect(sim.condition(sim.node(name), 'Healthy')).toMatchObject({ status: 'True' });
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});

test('a control plane that was deleted before it held anything is made anew', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
  await sim.pass(2_000);
  const { name, uid } = sim.controlPlane('dev').metadata;
  await sim.user.delete(NodeKind, name);
  await sim.settled();
  expect(sim.controlPlane('dev').metadata.uid).not.toBe(uid);
  expect(sim.ready('dev')).toBe(true);
  expect(sim.engine.look().containers).toHaveLength(2);
  expect(sim.engine.look().volumes).toHaveLength(6);
});
