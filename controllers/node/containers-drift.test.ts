import { describe, expect, jest, test } from '@jest/globals';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation, SimulationOptions } from '../../test/fixtures/world/simulation.ts';
import { ConfigMapType } from '../kube/kinds.ts';
import type { Container } from '../backends/containers.ts';
import { BOOTSTRAP } from './bootstrap-script.ts';
import { volumesOf } from './container-spec.ts';

// Whole lives of clusters, on a machine that may have other things to do.
jest.setTimeout(60_000);

const SWEEP_MS = 30_000;
const { signal } = new AbortController();
const running = (options: SimulationOptions = {}): Promise<Simulation> =>
  simulation({ clusters: [cluster('dev', { workers: 1 })], ...options }).settled();

/** An engine of whose changes nobody hears. */
const DEAF: SimulationOptions = {
  passage: {
    stream: async function* (name, items) {
      for await (const item of items) if (!name.startsWith('engine.')) yield item;
    },
  },
};

const worker = (sim: Simulation): Container => sim.container(sim.workers('dev')[0]!);
const control = (sim: Simulation): Container => sim.container(sim.controlPlane('dev'));
const eventsOf = (sim: Simulation, role: 'worker' | 'control-plane'): string =>
  sim
    .nodes('dev')
    .filter(({ spec }) => spec.role === role)
    .flatMap(({ metadata }) => sim.events('Node', metadata.name))
    .join('\n');

const FAULTS = {
  killed: (sim: Simulation, name: string) => {
    sim.engine.kill(name);
  },
  stopped: (sim: Simulation, name: string) => {
    sim.engine.stop(name);
  },
  paused: (sim: Simulation, name: string) => {
    sim.engine.pause(name);
  },
  removed: (sim: Simulation, name: string) => {
    sim.engine.removeBehindOurBack(name);
  },
  disconnected: (sim: Simulation, name: string) => {
    sim.engine.disconnect('qbo-dev', name);
  },
} as const;

describe.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])('a container that was %s', (fault) => {
  const isWell = (container: Container | undefined, address: string): boolean =>
    container?.state === 'running' && Object.values(container.addresses).join() === address;

  test.each([
    ['within a second of the engine’s event', {}, 1_000],
    ['within a sweep when no event comes', DEAF, SWEEP_MS + 1_000],
  ])('runs again where it was, %s', async (_, options, withinMs) => {
    for (const role of ['worker', 'control-plane'] as const) {
      const sim = await running(options);
      const before = role === 'worker' ? worker(sim) : control(sim);
      const find = () => sim.engine.look().containers.find(({ owner }) => owner === before.owner);
      const address = Object.values(before.addresses).join();
      FAULTS[fault](sim, before.name);
      await sim.until('it runs', () => isWell(find(), address), withinMs);
      await sim.settled();
      expect(sim.ready('dev')).toBe(true);
    }
  });
});

test.each([
  ['removed', 'ContainerRecreated', 'was gone, and is made again on its volumes'],
  ['killed', 'ContainerRestarted', 'was not running (exited with code 137) and was started again'],
  ['disconnected', 'NetworkRestored', 'was not in its network any more, and is attached again at 172.18.0.4'],
] as const)('a container that was %s is told of', async (fault, reason, message) => {
  const sim = await running();
  const { name } = worker(sim);
  FAULTS[fault](sim, name);
  await sim.settled();
  expect(eventsOf(sim, 'worker')).toContain(`Warning ${reason}: Container ${name} ${message}`);
});

test.each([
  ['by events', {}],
  ['by sweeps alone', DEAF],
])(
  'a Docker network that was removed under running nodes is made again, and all are back in it, %s',
  async (_, options) => {
    const sim = await running(options);
    const addresses = sim.nodes('dev').map(({ status }) => status?.address);
    const { dockerNetworkID: before = '' } = sim.network('dev').status ?? {};
    sim.engine.removeNetwork('qbo-dev');
    await sim.pass(3 * SWEEP_MS);
    const { dockerNetworkID = '' } = sim.network('dev').status ?? {};
    expect(dockerNetworkID).not.toBe(before);
    expect(sim.nodes('dev').map((node) => sim.container(node).addresses[dockerNetworkID])).toEqual(addresses);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
  },
);

test('workers are well again as soon as the API server of a control plane that was killed is', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 5 })] }).settled();
  const isUp = () => sim.condition(sim.cluster('dev'), 'ControlPlaneReady')?.status === 'True';
  sim.engine.kill(control(sim).name);
  await sim.until('it is missed', () => !isUp(), 5_000);
  await sim.until('it is back', isUp, 15_000);
  await sim.until(
    'all workers are well',
    () => sim.workers('dev').every((node) => sim.condition(node, 'Healthy')?.status === 'True'),
    200,
  );
});

test('a host that was rebooted has its control planes started before their workers', async () => {
  const sim = await running();
  const [first, second] = [control(sim), worker(sim)];
  sim.life.end();
  for (const { name } of [second, first]) sim.engine.stop(name);
  await sim.pass(1_000);
  sim.start();
  await sim.settled();
  const starts = sim.life.calls.filter((call) => call.startsWith('engine.start '));
  expect(starts).toEqual([first.id, second.id].map((id) => `engine.start ${id}`));
  expect(sim.ready('dev')).toBe(true);
});

describe('a stranger', () => {
  test('on the node’s address is named, and the node starts within a second of its leaving', async () => {
    const sim = await running();
    const { name, addresses } = worker(sim);
    sim.life.end();
    sim.engine.kill(name);
    sim.engine.foreignContainer('squatter', { addresses: { 'qbo-dev': Object.values(addresses)[0] ?? '' } });
    sim.start();
    // For so long that nobody looks often any more.
    await sim.pass(10 * 60_000);
    expect(sim.condition(sim.workers('dev')[0]!, 'ContainerReady')).toMatchObject({
      reason: 'AddressTaken',
      message: expect.stringContaining('container squatter'),
    });
    sim.engine.removeBehindOurBack('squatter');
    await sim.until('it runs', () => worker(sim).state === 'running', 1_000);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
  });

  const replaced = async (volumes: boolean): Promise<Simulation> => {
    const sim = await running();
    const before = worker(sim);
    sim.life.end();
    sim.engine.removeBehindOurBack(before.name);
    const mounts = volumesOf(sim.workers('dev')[0]!);
    sim.engine.foreignContainer(before.name, volumes ? { volumes: mounts } : {});
    sim.start();
    await sim.pass(60_000);
    return sim;
  };

  test('under the node’s name is left alone: the node’s container gets its qualified name', async () => {
    const sim = await replaced(false);
    const { name } = sim.workers('dev')[0]!.metadata;
    expect(worker(sim)).toMatchObject({ name: `default-${name}`, state: 'running' });
    expect(sim.engine.look().containers.find((container) => container.name === name)?.owner).toBeUndefined();
    expect(sim.ready('dev')).toBe(true);
  });

  test('that writes to the node’s volumes is named, and the node starts when it is gone', async () => {
    const sim = await replaced(true);
    const node = sim.workers('dev')[0]!;
    expect(sim.condition(node, 'ContainerReady')).toMatchObject({
      status: 'False',
      reason: 'VolumeHeld',
      message: expect.stringContaining(`is mounted by container ${node.metadata.name}, which is not ours`),
    });
    expect(worker(sim).state).toBe('created');
    sim.engine.stop(node.metadata.name);
    await sim.until('it runs', () => worker(sim).state === 'running', 5_000);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
  });

  test('that only reads the node’s volumes, as for a backup, is in nobody’s way', async () => {
    const sim = await running();
    const mounts = volumesOf(sim.workers('dev')[0]!).map((volume) => ({ ...volume, readOnly: true }));
    sim.engine.foreignContainer('backup', { volumes: mounts });
    sim.engine.kill(worker(sim).name);
    await sim.pass(1_000);
    expect(worker(sim).state).toBe('running');
  });
});

/** docker rm -f, and then docker volume rm of those volumes whose name has this in it. */
async function removeWithVolumes(sim: Simulation, container: Container, part = ''): Promise<void> {
  sim.life.end();
  sim.engine.removeBehindOurBack(container.name);
  const gone = sim.engine.look().volumes.filter(({ owner, name }) => owner === container.owner && name.includes(part));
  for (const { name } of gone) await sim.engine.containers().volumes.remove(name, signal);
  sim.start();
}

describe('a control plane whose volumes were removed', () => {
  test('is made anew, says what is lost, and its workers join the new cluster', async () => {
    const sim = await running();
    const mark = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mark', namespace: 'default' } };
    await sim.inside('dev').client('user').create(ConfigMapType, mark, signal);
    const before = {
      secret: sim.secret('dev-kubeconfig')?.data?.['value'],
      worker: worker(sim),
      control: control(sim),
    };
    await removeWithVolumes(sim, control(sim));
    await sim.until(
      'kubeadm runs',
      () => sim.says('dev').includes('everything that was in cluster dev is lost'),
      5_000,
    );
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
    expect(control(sim).addresses).toEqual(before.control.addresses);
    expect(sim.inside('dev').peek(ConfigMapType, { namespace: 'default', name: 'mark' })).toBeUndefined();
    expect(sim.secret('dev-kubeconfig')?.data?.['value']).not.toBe(before.secret);
    expect(
      sim
        .kubeNodes('dev')
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(
      sim
        .nodes('dev')
        .map(({ status }) => status?.hostname)
        .sort(),
    );
    expect(worker(sim).id).toBe(before.worker.id);
    expect(eventsOf(sim, 'control-plane')).toContain('everything that was in cluster dev is lost, and it is made anew');
    expect(eventsOf(sim, 'worker')).toContain('Warning JoinsAgain: ');
    expect(sim.condition(sim.controlPlane('dev'), 'Bootstrapped')).toMatchObject({
      status: 'True',
      reason: 'DataLost',
      message: expect.stringContaining('everything that was in cluster dev is lost'),
    });
  });

  test('does not make workers leave that were never in doubt', async () => {
    const sim = await running();
    const before = worker(sim);
    sim.engine.removeBehindOurBack(control(sim).name);
    await sim.settled();
    expect(worker(sim)).toEqual(before);
    expect(eventsOf(sim, 'worker')).not.toContain('JoinsAgain');
  });
});

test.each(['', '-var', '-etc-kubernetes'])('a worker joins again after its volumes (%s) were removed', async (part) => {
  const sim = await running();
  await removeWithVolumes(sim, worker(sim), part);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(eventsOf(sim, 'worker')).toContain('what was on the node is lost, and it joins its cluster again');
  expect(sim.life.writes.filter((write) => write.includes(`startUnit ${worker(sim).id}`))).toHaveLength(1);
  expect(sim.engine.file(worker(sim).name, BOOTSTRAP.done)).toBeDefined();
});

describe('what is harmless stays so:', () => {
  test('a container that was renamed is left as it is, and has its own name when it is made again', async () => {
    const sim = await running();
    const { name, id } = worker(sim);
    sim.engine.rename(name, 'fred');
    await sim.pass(SWEEP_MS);
    expect(worker(sim)).toMatchObject({ id, name: 'fred', state: 'running' });
    expect(sim.workers('dev')[0]?.status?.containerName).toBe('fred');
    sim.engine.removeBehindOurBack('fred');
    await sim.settled();
    expect(worker(sim)).toMatchObject({ name, state: 'running' });
    expect(sim.ready('dev')).toBe(true);
  });

  test('a container that the engine starts again and again is left to the engine', async () => {
    const sim = await running();
    for (let times = 0; times < 20; times++) {
      sim.engine.crash(worker(sim).name);
      await sim.pass(2_000);
    }
    expect(sim.life.writes.filter((write) => /engine\.(start|stop|remove|create) /.test(write)).length).toBe(4);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
  });
});
