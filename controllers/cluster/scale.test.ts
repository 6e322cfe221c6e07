import { expect, test } from '@jest/globals';
import { Annotation } from '../../crds/names.ts';
import { NodeKind } from '../../crds/node.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { KubeNodeType } from '../kube/kinds.ts';

const namesOf = (sim: Simulation): string[] => sim.workers('dev').map(({ metadata }) => metadata.name);

test('a cluster that is scaled up gets more workers and keeps those that it has', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  const [before] = sim.workers('dev');
  await sim.user.scale('dev', 3);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.cluster('dev').status).toMatchObject({ nodes: '4/4', workers: 3 });
  expect(sim.workers('dev')).toHaveLength(3);
  expect(sim.node(before?.metadata.name ?? '')).toMatchObject({ status: { address: before?.status?.address } });
  expect(sim.kubeNodes('dev')).toHaveLength(4);
});

test('while workers are to come, Ready is False and the nodes are counted against what is asked for', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  await sim.user.scale('dev', 2);
  await sim.pass(1_000);
  expect(sim.ready('dev')).toBe(false);
  expect(sim.cluster('dev').status?.nodes).toBe('2/3');
});

test('scaling down takes the newest worker, with its container, its volumes and its Kubernetes node', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  const [eldest] = namesOf(sim);
  await sim.user.scale('dev', 2);
  await sim.settled();
  const newest = sim.workers('dev').find(({ metadata }) => metadata.name !== eldest);
  await sim.user.scale('dev', 1);
  await sim.settled();
  expect(namesOf(sim)).toEqual([eldest]);
  expect(sim.ready('dev')).toBe(true);
  const { containers, volumes } = sim.engine.look();
  expect([...containers, ...volumes].filter(({ owner }) => owner === newest?.metadata.uid)).toEqual([]);
  expect(sim.inside('dev').peek(KubeNodeType, { namespace: '', name: newest?.status?.hostname ?? '' })).toBeUndefined();
  expect(sim.network('dev').status?.addresses).toHaveLength(2);
});

test('scaling down takes first the worker that a person marked', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  const [eldest = ''] = namesOf(sim);
  await sim.user.scale('dev', 2);
  await sim.settled();
  await sim.user.annotate(NodeKind, eldest, { [Annotation.removeFirst]: 'true' });
  await sim.user.scale('dev', 1);
  await sim.settled();
  expect(namesOf(sim)).toHaveLength(1);
  expect(namesOf(sim)).not.toContain(eldest);
});

test('scaling up again after scaling down gives an address that is free', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  for (const workers of [0, 2]) {
    await sim.user.scale('dev', workers);
    await sim.settled();
  }
  expect(sim.ready('dev')).toBe(true);
  const addresses = sim.nodes('dev').map(({ status }) => status?.address);
  expect(new Set(addresses).size).toBe(3);
});

test('a worker that a person deleted is replaced', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  const [gone = '', kept = ''] = namesOf(sim);
  await sim.user.delete(NodeKind, gone);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(namesOf(sim)).toHaveLength(2);
  expect(namesOf(sim)).toContain(kept);
  expect(sim.engine.look().containers).toHaveLength(3);
});

test('a control plane without workers takes pods, and no longer when the first worker comes, nor before the last leaves', async () => {
  const taints = (): unknown =>
    sim.kubeNodes('dev').find(({ metadata }) => metadata.name.startsWith('control-'))?.spec?.taints;
  const CONTROL_PLANE = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  expect(taints()).toEqual([]);
  await sim.user.scale('dev', 1);
  await sim.settled();
  expect(taints()).toEqual([CONTROL_PLANE]);
  await sim.user.scale('dev', 0);
  await sim.settled();
  expect(taints()).toEqual([]);
  expect(sim.ready('dev')).toBe(true);
});

test('other taints of the control plane are left as they are', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  const key = { namespace: '', name: sim.controlPlane('dev').status?.hostname ?? '' };
  const own = { key: 'team', value: 'a', effect: 'NoExecute' };
  await sim
    .inside('dev')
    .client('user')
    .mergePatch(KubeNodeType, key, { spec: { taints: [own] } }, new AbortController().signal);
  await sim.user.scale('dev', 1);
  await sim.settled();
  expect(sim.inside('dev').peek(KubeNodeType, key)?.spec?.taints).toContainEqual(own);
  expect(sim.inside('dev').peek(KubeNodeType, key)?.spec?.taints).toHaveLength(2);
});

test('a cluster that is scaled down while it is being made ends with what was asked for last', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 3 })] });
  await sim.pass(5_000);
  await sim.user.scale('dev', 1);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(namesOf(sim)).toHaveLength(1);
  expect(sim.engine.look().containers).toHaveLength(2);
  expect(sim.kubeNodes('dev')).toHaveLength(2);
});
