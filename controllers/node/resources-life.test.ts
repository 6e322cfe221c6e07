import { describe, expect, test } from '@jest/globals';
import type { Cluster } from '../../crds/cluster.ts';
import { ClusterKind } from '../../crds/cluster.ts';
import type { Node } from '../../crds/node.ts';
import { NodeKind } from '../../crds/node.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation, SimulationOptions } from '../../test/fixtures/world/simulation.ts';
import type { Stored } from '../runtime/object.ts';

type Asked = NonNullable<Cluster['spec']['resources']>;

const GIB = 2 ** 30;
const KEY = { namespace: 'default' };
const { signal } = new AbortController();

const begin = (resources?: Asked, options: SimulationOptions = {}): Promise<Simulation> =>
  simulation({ clusters: [cluster('dev', { workers: 1, ...(resources && { resources }) })], ...options }).settled();

async function ask(sim: Simulation, resources: Partial<Record<keyof Asked, unknown>> | null): Promise<Simulation> {
  await sim.user.client.mergePatch(ClusterKind, { ...KEY, name: 'dev' }, { spec: { resources } }, signal);
  return sim.settled();
}

const limits = (sim: Simulation) => sim.nodes('dev').map((node) => sim.container(node).resources);

/** What a node's own cluster believes that it has. */
const told = (sim: Simulation) =>
  sim.kubeNodes('dev').map(({ status }) => ({ capacity: status?.capacity, allocatable: status?.allocatable }));

const size = (cpu: string, memory: string, allocatable = cpu) => ({
  capacity: { cpu, memory },
  allocatable: { cpu: allocatable, memory },
});

const both = <T>(one: T): T[] => [one, one];

const condition = (sim: Simulation, node: Stored<Node>) => sim.condition(node, 'ResourcesReady');

/** Restarts of kubelets that the operator has asked for in its present life. */
const restarts = (sim: Simulation): number =>
  sim.life.writes.filter((write) => write.includes('systemctl restart')).length;

describe('a cluster that says what its nodes may use', () => {
  test('gets nodes that are so from their kubelets’ first word', async () => {
    const sim = await begin({ cpu: 2, memory: '2Gi' });
    expect(limits(sim)).toEqual(both({ millicpus: 2000, memoryBytes: 2 * GIB }));
    expect(told(sim)).toEqual(both(size('2', '2097152Ki')));
    for (const node of sim.nodes('dev'))
      expect(condition(sim, node)).toMatchObject({ status: 'True', message: '2 CPUs and 2Gi of memory' });
    expect(restarts(sim)).toBe(0);
    expect(sim.ready('dev')).toBe(true);
  });

  test('counts parts of a CPU too: whole ones are there, and the rest is reserved', async () => {
    const sim = await begin({ cpu: '1500m' });
    expect(limits(sim)).toEqual(both({ millicpus: 1500 }));
    expect(told(sim)).toEqual(both(size('2', '16777216Ki', '1500m')));
    expect(sim.ready('dev')).toBe(true);
  });

  test('has them changed in nodes that run, which neither stop nor are made anew', async () => {
    const sim = await begin();
    const before = sim.engine.look().containers.map(({ id, startedAt }) => ({ id, startedAt }));
    await ask(sim, { cpu: '2500m', memory: '3Gi' });
    expect(sim.engine.look().containers.map(({ id, startedAt }) => ({ id, startedAt }))).toEqual(before);
    expect(limits(sim)).toEqual(both({ millicpus: 2500, memoryBytes: 3 * GIB }));
    expect(told(sim)).toEqual(both(size('3', '3145728Ki', '2500m')));
    expect(restarts(sim)).toBe(2);
    await ask(sim, { cpu: 1, memory: '2Gi' });
    expect(told(sim)).toEqual(both(size('1', '2097152Ki')));
    expect(sim.ready('dev')).toBe(true);
  });

  test('gives back what it no longer asks for: all that the host has', async () => {
    const sim = await ask(await begin({ cpu: '1500m', memory: '2Gi' }), null);
    expect(limits(sim)).toEqual(both({ millicpus: 4000, memoryBytes: 16 * GIB }));
    expect(told(sim)).toEqual(both(size('4', '16777216Ki')));
    expect(sim.ready('dev')).toBe(true);
  });

  test('writes nothing when all is said', async () => {
    const sim = await begin({ cpu: '1500m', memory: '2Gi' });
    const before = sim.life.writes.length;
    await sim.pass(10 * 60_000);
    expect(sim.life.writes).toHaveLength(before);
  });

  test.each(['kill', 'removeBehindOurBack'] as const)('has them in a container after %s too', async (harm) => {
    const sim = await begin();
    await ask(sim, { cpu: '1500m', memory: '2Gi' });
    for (const { name } of sim.engine.look().containers) sim.engine[harm](name);
    await sim.settled();
    expect(limits(sim)).toEqual(both({ millicpus: 1500, memoryBytes: 2 * GIB }));
    expect(told(sim)).toEqual(both(size('2', '2097152Ki', '1500m')));
    expect(sim.ready('dev')).toBe(true);
  });

  test('is told when somebody changes them with docker update, and they are as asked again', async () => {
    const sim = await begin({ memory: '2Gi' });
    const [worker] = sim.workers('dev');
    await sim.engine.containers().update(sim.container(worker!).id, { memoryBytes: GIB }, signal);
    await sim.settled();
    expect(limits(sim)).toEqual(both({ memoryBytes: 2 * GIB }));
  });

  test('gets there wherever the operator is killed on the way', async () => {
    const sim = await begin();
    await sim.user.client.mergePatch(
      ClusterKind,
      { ...KEY, name: 'dev' },
      { spec: { resources: { cpu: '1500m', memory: '2Gi' } } },
      signal,
    );
    for (let calls = 0; calls < 24; calls++) {
      sim.life.endAfter(calls % 6, calls % 2 === 0 ? 'before' : 'after');
      await sim.pass(700);
      if (sim.life.isOver) sim.start();
    }
    await sim.settled();
    expect(told(sim)).toEqual(both(size('2', '2097152Ki', '1500m')));
    expect(sim.ready('dev')).toBe(true);
  });
});

test('a cluster is not Ready from the moment on that other resources are asked for, until its nodes have them', async () => {
  const sim = await begin();
  const key = { ...KEY, name: 'dev' };
  await sim.user.client.mergePatch(ClusterKind, key, { spec: { resources: { cpu: 2 } } }, signal);
  const generation = sim.cluster('dev').metadata.generation;
  const lies: string[] = [];
  await sim.until('all have them', () => {
    const ready = sim.condition(sim.cluster('dev'), 'Ready');
    const isDone = told(sim).every(({ allocatable }) => allocatable?.['cpu'] === '2');
    if (!isDone && ready?.status === 'True' && ready.observedGeneration === generation) lies.push(sim.says('dev'));
    return isDone;
  });
  expect(lies).toEqual([]);
  await sim.settled();
  expect(sim.nodes('dev').map(({ status }) => status?.resources)).toEqual(both({ cpu: '2' }));
  expect(sim.ready('dev')).toBe(true);
});

test('a Node says for itself what it may use, and its cluster what it does not say', async () => {
  const sim = await begin({ cpu: 2, memory: '2Gi' });
  const [worker] = sim.workers('dev');
  const key = { ...KEY, name: worker?.metadata.name ?? '' };
  await sim.user.client.mergePatch(NodeKind, key, { spec: { resources: { memory: '1Gi' } } }, signal);
  await sim.settled();
  expect(sim.container(sim.controlPlane('dev')).resources).toEqual({ millicpus: 2000, memoryBytes: 2 * GIB });
  expect(sim.container(sim.node(key.name)).resources).toEqual({ millicpus: 2000, memoryBytes: GIB });
  // The cluster's own controller applies Nodes too.
  await sim.user.scale('dev', 2);
  await sim.settled();
  expect(sim.node(key.name).spec.resources).toEqual({ memory: '1Gi' });
  expect(sim.ready('dev')).toBe(true);
});

test('more than the host has is refused with what it has, and the nodes go on with what they had', async () => {
  const sim = await ask(await begin({ cpu: 2 }), { cpu: 9 });
  for (const node of sim.nodes('dev'))
    expect(condition(sim, node)).toMatchObject({
      status: 'False',
      reason: 'ResourcesExceedHost',
      message: `Node ${node.metadata.name} is to have 9 of cpu, and the host has 4. Ask for no more in spec.resources.cpu.`,
    });
  expect(limits(sim)).toEqual(both({ millicpus: 2000 }));
  expect(sim.says('dev')).toContain('ResourcesExceedHost');
  await ask(sim, { cpu: 4 });
  expect(sim.ready('dev')).toBe(true);
});

test('a new cluster that asks for more than the host has is made, and says so', async () => {
  const sim = await begin({ cpu: 1, memory: '64Gi' });
  expect(limits(sim)).toEqual(both({ millicpus: 1000 }));
  expect(sim.says('dev')).toContain('to have 64Gi of memory, and the host has 16Gi');
});

test('memory that is in use is not taken away, and is when it is free', async () => {
  const sim = await begin();
  const [worker] = sim.workers('dev');
  sim.engine.useMemory(sim.container(worker!).name, 3 * GIB);
  await sim.user.client.mergePatch(
    ClusterKind,
    { ...KEY, name: 'dev' },
    { spec: { resources: { memory: '2Gi' } } },
    signal,
  );
  await sim.pass(60_000);
  expect(condition(sim, sim.node(worker?.metadata.name ?? ''))).toMatchObject({
    status: 'False',
    reason: 'MemoryInUse',
    message: expect.stringContaining('it uses 3Gi'),
  });
  expect(sim.container(worker!).state).toBe('running');
  sim.engine.useMemory(sim.container(worker!).name, GIB);
  await sim.settled();
  expect(limits(sim)).toEqual(both({ memoryBytes: 2 * GIB }));
  expect(sim.ready('dev')).toBe(true);
});
