import { describe, expect, test } from '@jest/globals';

import type { Containers } from '../../controllers/backends/containers.ts';
import { MemoryEngine } from '../../controllers/backends/memory/engine.ts';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { instanceOf, type Instance } from '../management/instance.ts';
import { hasOtherInstances, removeInstance } from './remove.ts';

const { signal } = new AbortController();
const ours = instanceOf({});
const theirs = instanceOf({ QBO_INSTANCE: 'two' });

/** An installation's cluster of two nodes, each with a volume, in a network. */
async function installation(
  containers: Containers,
  { name, management, labels }: Instance,
  block: number,
): Promise<void> {
  const prefix = `172.${String(block)}.0`;
  const network = await containers.networks.create(
    { owner: `${name}-net`, name: `${name}-net`, subnet: `${prefix}.0/24`, gateway: `${prefix}.1`, labels },
    signal,
  );
  for (const [index, node] of [management, `${name}-worker`].entries()) {
    await containers.volumes.ensure({ owner: node, name: `${node}-var`, labels }, signal);
    const container = await containers.create(
      {
        owner: node,
        name: node,
        hostname: node,
        image: 'qbo/node:v1',
        labels,
        network: { id: network.id, address: `${prefix}.${String(index + 3)}` },
        volumes: [{ name: `${node}-var`, target: '/var' }],
        mounts: [],
        publishOnLoopback: [],
        environment: {},
      },
      signal,
    );
    await containers.start(container.id, signal);
  }
}

async function engineWith(...instances: readonly Instance[]): Promise<MemoryEngine> {
  const engine = new MemoryEngine({ clock: new FakeClock() });
  engine.addImage('qbo/node:v1');
  for (const [index, instance] of instances.entries()) await installation(engine.containers(), instance, 18 + index);
  return engine;
}

const remaining = async (containers: Containers): Promise<readonly string[]> =>
  [
    ...(await containers.list({}, signal)),
    ...(await containers.networks.list(signal)),
    ...(await containers.volumes.list({}, signal)),
  ]
    .map(({ name }) => name)
    .filter((name) => !['bridge', 'host', 'none'].includes(name))
    .sort();

describe('taking an installation away', () => {
  test('leaves what is another installation’s or nobody’s of ours', async () => {
    const engine = await engineWith(ours, theirs);
    engine.foreignNetwork('office', '10.1.0.0/16');
    engine.foreignContainer('database', { addresses: { office: '10.1.0.5' } });
    engine.foreignVolume('data');

    const removed = await removeInstance(engine.containers(), ours, () => undefined, signal);

    expect(removed).toEqual({
      containers: ['qbo-management', 'qbo-worker'],
      networks: ['qbo-net'],
      volumes: ['qbo-management-var', 'qbo-worker-var'],
    });
    expect(await remaining(engine.containers())).toEqual(
      [
        'data',
        'database',
        'office',
        'two-management',
        'two-management-var',
        'two-net',
        'two-worker',
        'two-worker-var',
      ].sort(),
    );
  });

  test('begins with the management node, whose operator would mend what it sees missing', async () => {
    const engine = await engineWith(ours);
    const told: string[] = [];

    await removeInstance(engine.containers(), ours, (message) => told.push(message), signal);

    expect(told[0]).toBe('container qbo-management');
  });

  test('finds a container that the operator made until it was gone', async () => {
    const engine = await engineWith(ours);
    const containers = engine.containers();
    let isMade = false;
    const remove = async (id: string): Promise<void> => {
      await containers.remove(id, signal);
      if (isMade) return;
      isMade = true;
      await installation(containers, { ...ours, name: 'late', management: 'late' }, 30);
    };

    await removeInstance({ ...containers, remove }, ours, () => undefined, signal);

    expect(await remaining(containers)).toEqual([]);
  });

  test('can be done again, and half of it before', async () => {
    const engine = await engineWith(ours);
    engine.removeBehindOurBack('qbo-management');

    await removeInstance(engine.containers(), ours, () => undefined, signal);
    const again = await removeInstance(engine.containers(), ours, () => undefined, signal);

    expect(again).toEqual({ containers: [], networks: [], volumes: [] });
    expect(await remaining(engine.containers())).toEqual([]);
  });

  test('says who still uses a network that is to go', async () => {
    const engine = await engineWith(ours);
    engine.foreignContainer('sniffer', { addresses: { 'qbo-net': '172.18.0.99' } });

    await expect(removeInstance(engine.containers(), ours, () => undefined, signal)).rejects.toThrow(/sniffer/);
  });
});

test('another installation is seen by its containers', async () => {
  const engine = await engineWith(ours, theirs);
  expect(await hasOtherInstances(engine.containers(), ours, signal)).toBe(true);

  await removeInstance(engine.containers(), theirs, () => undefined, signal);

  expect(await hasOtherInstances(engine.containers(), ours, signal)).toBe(false);
});
