import { describe, expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { NodeKind } from '../../crds/node.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation, SimulationOptions } from '../../test/fixtures/world/simulation.ts';
import { ConfigMapType } from '../kube/kinds.ts';
import type { Power } from '../power.ts';

const running = (options: SimulationOptions = {}): Promise<Simulation> =>
  simulation({ clusters: [cluster('dev', { workers: 2 })], ...options }).settled();

const set = async (sim: Simulation, power: Power): Promise<Simulation> => {
  await sim.user.power(ClusterKind, 'dev', power);
  return sim.settled();
};

const states = (sim: Simulation): string[] => sim.nodes('dev').map((node) => sim.container(node).state);

/** What was done to containers, in the order in which it took effect, as `stop worker`. */
function actions(sim: Simulation, from: number): string[] {
  const roles = new Map(sim.nodes('dev').map((node) => [sim.container(node).id, node.spec.role]));
  return sim.engine.calls
    .slice(from)
    .map((call) => call.split(' '))
    .filter(([method]) => ['stop', 'start', 'pause', 'unpause', 'remove', 'create'].includes(method ?? ''))
    .map(([method, id]) => `${method ?? ''} ${roles.get(id ?? '') ?? id ?? ''}`);
}

const identities = (sim: Simulation) =>
  sim.nodes('dev').map((node) => {
    const { id, name, addresses } = sim.container(node);
    return { id, name, addresses, status: node.status?.address };
  });

const warnings = (sim: Simulation): string[] =>
  [
    ...sim.events('Cluster', 'dev'),
    ...sim.nodes('dev').flatMap(({ metadata }) => sim.events('Node', metadata.name)),
  ].filter((event) => event.startsWith('Warning'));

const POWERS = [
  ['Stopped', ['stop worker', 'stop worker', 'stop control-plane'], 'exited'],
  ['Paused', ['pause worker', 'pause worker', 'pause control-plane'], 'paused'],
] as const;
const BACK = {
  Stopped: ['start control-plane', 'start worker', 'start worker'],
  Paused: ['unpause control-plane', 'unpause worker', 'unpause worker'],
};

describe.each(POWERS)('a cluster that is to be %s', (power, order, state) => {
  test('goes workers first and control plane last, and comes back the other way round, the same as it was', async () => {
    const sim = await running();
    const before = identities(sim);
    const mark = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mark', namespace: 'default' } };
    await sim.inside('dev').client('user').create(ConfigMapType, mark, new AbortController().signal);
    let from = sim.engine.calls.length;
    await set(sim, power);
    expect(actions(sim, from)).toEqual(order);
    expect(states(sim)).toEqual([state, state, state]);
    from = sim.engine.calls.length;
    await set(sim, 'Running');
    expect(actions(sim, from)).toEqual(BACK[power]);
    expect(identities(sim)).toEqual(before);
    expect(sim.ready('dev')).toBe(true);
    expect(sim.inside('dev').peek(ConfigMapType, { namespace: 'default', name: 'mark' })).toBeDefined();
    expect(warnings(sim)).toEqual([]);
  });

  test('says that it is as asked: not Ready, not Stalled, and nothing is wrong', async () => {
    const sim = await set(await running(), power);
    const dev = sim.cluster('dev');
    const message = expect.stringContaining(`${power}, as spec.power asks`);
    expect(dev.status).toMatchObject({ power, nodes: '0/3' });
    expect(sim.condition(dev, 'PowerReady')).toMatchObject({ status: 'True', reason: power, message });
    for (const type of ['Ready', 'ControlPlaneReady', 'AddonsReady', 'NodesReady'])
      expect(sim.condition(dev, type)).toMatchObject({ status: 'False', reason: power, message });
    for (const object of [dev, ...sim.nodes('dev')]) expect(sim.condition(object, 'Stalled')).toBeUndefined();
    for (const node of sim.nodes('dev')) {
      expect(node.status?.power).toBe(power);
      for (const type of ['Ready', 'ContainerReady', 'Healthy'])
        expect(sim.condition(node, type)).toMatchObject({
          status: 'False',
          reason: power,
          message: expect.stringContaining(`${power}, as spec.power of Cluster dev asks`),
        });
    }
    expect(warnings(sim)).toEqual([]);
  });

  test('is left in peace: nothing is written, and nobody asks its API server', async () => {
    const sim = await set(await running(), power);
    const before = { writes: sim.life.writes.length, resources: sim.cluster('dev').metadata.resourceVersion };
    await sim.pass(10 * 60_000);
    expect(sim.life.writes).toHaveLength(before.writes);
    expect(sim.cluster('dev').metadata.resourceVersion).toBe(before.resources);
  });

  test('is deleted, and leaves nothing', async () => {
    const sim = await set(await running(), power);
    await sim.user.delete(ClusterKind, 'dev');
    await sim.settled();
    expect(sim.residue()).toEqual([]);
  });

  test('arrives there and back whenever the operator is killed on the way', async () => {
    const sim = await running({ engine: { latencyMs: (method) => (method === 'stop' ? 2_000 : 20) } });
    await sim.user.power(ClusterKind, 'dev', power);
    for (let lives = 0; lives < 12; lives++) {
      await sim.pass(400);
      sim.restart();
    }
    await sim.settled();
    expect(states(sim)).toEqual([state, state, state]);
    await sim.user.power(ClusterKind, 'dev', 'Running');
    for (let lives = 0; lives < 12; lives++) {
      await sim.pass(150);
      sim.restart();
    }
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
  });
});

test('a control plane waits for the last of its workers, however long that takes', async () => {
  const sim = await running({ engine: { latencyMs: (method) => (method === 'stop' ? 40_000 : 0) } });
  await sim.user.power(ClusterKind, 'dev', 'Stopped');
  await sim.pass(30_000);
  expect(states(sim)).toEqual(['running', 'running', 'running']);
  expect(sim.cluster('dev').status?.power).toBe('Stopping');
  expect(sim.says('dev')).toContain('False Stopping: Node node-');
  expect(sim.condition(sim.controlPlane('dev'), 'ContainerReady')).toMatchObject({
    reason: 'Stopping',
    message: expect.stringContaining('The control plane comes last'),
  });
  await sim.pass(15_000);
  expect(states(sim)).toEqual(['running', 'exited', 'exited']);
  await sim.settled();
  expect(states(sim)).toEqual(['exited', 'exited', 'exited']);
});

test('a cluster that never was is not made while it is to be Stopped, and is when it is to run', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1, power: 'Stopped' })] }).settled();
  expect(sim.engine.look().containers).toEqual([]);
  expect(sim.cluster('dev').status?.power).toBe('Stopped');
  expect(sim.says('dev')).toContain('False Stopped');
  await set(sim, 'Running');
  expect(sim.ready('dev')).toBe(true);
});

test('a cluster that never was is bootstrapped before it is Paused', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2, power: 'Paused' })] }).settled();
  expect(states(sim)).toEqual(['paused', 'paused', 'paused']);
  expect(actions(sim, 0).slice(-3)).toEqual(['pause worker', 'pause worker', 'pause control-plane']);
  expect(sim.cluster('dev').status?.power).toBe('Paused');
  await set(sim, 'Running');
  expect(sim.ready('dev')).toBe(true);
});

test.each([
  ['Stopped', 'Paused', 'paused'],
  ['Paused', 'Stopped', 'exited'],
] as const)('a cluster that was %s becomes %s', async (first, second, state) => {
  const sim = await set(await set(await running(), first), second);
  expect(states(sim)).toEqual([state, state, state]);
  expect(sim.cluster('dev').status?.power).toBe(second);
  await set(sim, 'Running');
  expect(sim.ready('dev')).toBe(true);
});

test.each([500, 2_000, 5_000, 8_000, 11_000])(
  'power that changes %i ms after a cluster was declared leads to what was asked for last',
  async (ms) => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] });
    await sim.pass(ms);
    await sim.user.power(ClusterKind, 'dev', 'Stopped');
    await sim.pass(ms);
    await sim.user.power(ClusterKind, 'dev', 'Paused');
    await sim.settled();
    expect(states(sim)).toEqual(['paused', 'paused', 'paused']);
    await set(sim, 'Stopped');
    expect(states(sim)).toEqual(['exited', 'exited', 'exited']);
    await set(sim, 'Running');
    expect(sim.ready('dev')).toBe(true);
  },
);

describe('what somebody else does to containers', () => {
  test('of a Stopped cluster is undone: they are stopped again', async () => {
    const sim = await set(await running(), 'Stopped');
    const { signal } = new AbortController();
    for (const node of sim.nodes('dev')) await sim.engine.containers().start(sim.container(node).id, signal);
    await sim.settled();
    expect(states(sim)).toEqual(['exited', 'exited', 'exited']);
    expect(warnings(sim)[0]).toContain('ran, and is stopped again');
  });

  test('of a Paused cluster is undone, whether they were let go on, stopped or removed', async () => {
    const sim = await set(await running(), 'Paused');
    const [control, first, second] = sim.nodes('dev').map((node) => sim.container(node));
    await sim.engine.containers().unpause(control?.id ?? '', new AbortController().signal);
    sim.engine.stop(first?.name ?? '');
    sim.engine.removeBehindOurBack(second?.name ?? '');
    await sim.settled();
    expect(states(sim)).toEqual(['paused', 'paused', 'paused']);
    await set(sim, 'Running');
    expect(sim.ready('dev')).toBe(true);
  });

  test('of a Running cluster is undone at once, and told', async () => {
    const sim = await running();
    const [worker] = sim.workers('dev');
    sim.engine.pause(sim.container(worker!).name);
    await sim.pass(500);
    expect(states(sim)).toEqual(['running', 'running', 'running']);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
    expect(warnings(sim)).toEqual([expect.stringContaining('Warning ContainerUnpaused')]);
  });
});

describe('a cluster that is scaled while it is off', () => {
  test.each(['Stopped', 'Paused'] as const)(
    'and %s makes no container for new workers until it runs',
    async (power) => {
      const sim = await set(await running(), power);
      await sim.user.scale('dev', 3);
      await sim.settled();
      expect(sim.engine.look().containers).toHaveLength(3);
      expect(sim.nodes('dev')).toHaveLength(4);
      expect(sim.cluster('dev').status?.power).toBe(power);
      await set(sim, 'Running');
      expect(sim.ready('dev')).toBe(true);
      expect(sim.kubeNodes('dev')).toHaveLength(4);
    },
  );

  test.each(['Stopped', 'Paused'] as const)('and %s lets workers go without a drain', async (power) => {
    const sim = await set(await running(), power);
    await sim.user.scale('dev', 1);
    await sim.pass(5_000);
    expect(sim.workers('dev')).toHaveLength(1);
    expect(sim.engine.look().containers).toHaveLength(2);
    await set(sim, 'Running');
    expect(sim.ready('dev')).toBe(true);
  });
});

describe('one node', () => {
  const stop = async (sim: Simulation, name: string, power: Power = 'Stopped'): Promise<Simulation> => {
    await sim.user.power(NodeKind, name, power);
    return sim.settled();
  };

  test.each(['Stopped', 'Paused'] as const)(
    'that is %s in a running cluster is not missed, and is named',
    async (power) => {
      const sim = await running();
      const name = sim.workers('dev')[0]?.metadata.name ?? '';
      await stop(sim, name, power);
      const word = power.toLowerCase();
      expect(sim.node(name).status?.power).toBe(power);
      expect(sim.ready('dev')).toBe(true);
      expect(sim.cluster('dev').status).toMatchObject({ power: 'Running', nodes: `2/2 (1 ${word})` });
      for (const type of ['Ready', 'NodesReady', 'PowerReady'])
        expect(sim.condition(sim.cluster('dev'), type)).toMatchObject({
          status: 'True',
          message: `Node ${name} is ${word}, as spec.power of Node ${name} asks`,
        });
      await stop(sim, name, 'Running');
      expect(sim.cluster('dev').status?.nodes).toBe('3/3');
      expect(warnings(sim)).toEqual([]);
    },
  );

  test('keeps its power when the cluster is scaled and its own controller applies Nodes', async () => {
    const sim = await running();
    const name = sim.workers('dev')[0]?.metadata.name ?? '';
    await stop(sim, name);
    await sim.user.scale('dev', 3);
    await sim.settled();
    expect(sim.node(name).spec.power).toBe('Stopped');
    await set(sim, 'Stopped');
    await set(sim, 'Running');
    expect(sim.node(name).spec.power).toBe('Stopped');
    expect(sim.container(sim.node(name)).state).toBe('exited');
    expect(sim.ready('dev')).toBe(true);
  });

  test('that is the only control plane takes the cluster with it, which says so, and leaves the workers running', async () => {
    const sim = await running();
    const { name } = sim.controlPlane('dev').metadata;
    await stop(sim, name);
    expect(states(sim)).toEqual(['exited', 'running', 'running']);
    const why = `can not be used without its control plane: Node ${name} is stopped, as spec.power of Node ${name} asks`;
    for (const type of ['Ready', 'ControlPlaneReady', 'AddonsReady', 'NodesReady'])
      expect(sim.condition(sim.cluster('dev'), type)).toMatchObject({
        status: 'False',
        reason: 'Stopped',
        message: expect.stringContaining(why),
      });
    // A worker that is killed meanwhile is brought back all the same.
    sim.engine.kill(sim.container(sim.workers('dev')[0]!).name);
    await sim.settled();
    expect(states(sim)).toEqual(['exited', 'running', 'running']);
    await stop(sim, name, 'Running');
    expect(sim.ready('dev')).toBe(true);
  });

  test('that is the only control plane, stopped, and deleted, stays as it is', async () => {
    const sim = await running();
    const { name } = sim.controlPlane('dev').metadata;
    await stop(sim, name);
    await sim.user.delete(NodeKind, name);
    await sim.settled();
    expect(states(sim)).toEqual(['exited', 'running', 'running']);
    expect(sim.condition(sim.node(name), 'Ready')?.message).toContain('is the only control plane');
  });
});

test('a control plane that somebody pauses while a worker joins goes on until the worker has joined, and both are paused', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
  await sim.user.power(ClusterKind, 'dev', 'Paused');
  const joins = (): boolean => sim.workers('dev').some(({ status }) => status?.power === 'Running');
  await sim.until('the worker joins', joins);
  sim.engine.pause(sim.container(sim.controlPlane('dev')).name);
  await sim.settled();
  expect(states(sim)).toEqual(['paused', 'paused']);
  expect(sim.workers('dev').map((node) => sim.condition(node, 'Bootstrapped')?.status)).toEqual(['True']);
});

test('a worker that somebody pauses before it has joined stays so when all are to be Paused, and joins when they run', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
  const joins = (): boolean => sim.workers('dev').some(({ status }) => status?.power === 'Running');
  await sim.until('the worker joins', joins);
  const [worker] = sim.workers('dev');
  await sim.user.power(ClusterKind, 'dev', 'Paused');
  sim.engine.pause(sim.container(worker!).name);
  await sim.settled();
  expect(states(sim)).toEqual(['paused', 'paused']);
  await set(sim, 'Running');
  expect(sim.isAllReady()).toBe(true);
});

test('a control plane that alone is to be Paused stays so, although a worker that is to run can not join', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
  await sim.until('both are declared', () => sim.nodes('dev').length === 2);
  await sim.user.power(NodeKind, sim.controlPlane('dev').metadata.name, 'Paused');
  await sim.settled();
  expect(sim.container(sim.controlPlane('dev')).state).toBe('paused');
});

test('a worker that is to be Paused is, although the control plane that it would join is to be Stopped before it ever ran', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
  await sim.until('both are declared', () => sim.nodes('dev').length === 2);
  const { name } = sim.controlPlane('dev').metadata;
  await sim.user.power(NodeKind, name, 'Stopped');
  await sim.until('the worker runs', () => sim.workers('dev').some(({ status }) => status?.containerID !== undefined));
  await set(sim, 'Paused');
  expect(sim.workers('dev').map((node) => sim.container(node).state)).toEqual(['paused']);
  await sim.user.power(NodeKind, name, 'Running');
  await set(sim, 'Running');
  expect(sim.isAllReady()).toBe(true);
});
