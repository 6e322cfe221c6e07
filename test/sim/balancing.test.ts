import { describe, expect, jest, test } from '@jest/globals';
import { AddressPoolKind } from '../../crds/address-pool.ts';
import { ClusterKind } from '../../crds/cluster.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { serviceKey } from '../../controllers/backends/dataplane.ts';
import { addressPool, cluster, loadBalancer } from '../fixtures/world/objects.ts';
import { simulation } from '../fixtures/world/simulation.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { service, Workload } from '../fixtures/world/workload.ts';
import { faultsOf } from './aftermath.ts';
import { diesAtEveryCall } from './crash.ts';
import { Weather } from './weather.ts';

jest.setTimeout(1_800_000);

const LAN = addressPool('lan', { addresses: ['192.0.2.10-192.0.2.19'] });
const published = (sim: Simulation): boolean =>
  sim.ready('dev') && sim.condition(sim.cluster('dev'), 'Published')?.status === 'True';
const keys = (sim: Simulation): readonly string[] => sim.dataplane.state.services.map(serviceKey).sort();
const inDev = (sim: Simulation): Workload => new Workload(sim, 'dev');
const served = (sim: Simulation): boolean => {
  const [made] = sim.api.peekAll(LoadBalancerKind).filter(({ metadata }) => metadata.name !== 'dev-api');
  return (
    made !== undefined && sim.condition(made, 'Ready')?.status === 'True' && inDev(sim).ingress('echo').length === 1
  );
};

const begin = async (sim: Simulation): Promise<void> => {
  await sim.user.apply(LAN);
  await sim.until('the API server is published', () => published(sim));
};

describe('an operator that is killed at any call goes on where the world stands', () => {
  const web = loadBalancer('web', {
    ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }],
    members: [{ address: '198.51.100.7' }],
  });
  const isReady = (sim: Simulation): boolean => {
    const found = sim.find(LoadBalancerKind, 'web');
    return found !== undefined && sim.condition(found, 'Ready')?.status === 'True';
  };

  test('while a load balancer is made', async () => {
    const { calls, faults } = await diesAtEveryCall({
      workers: 0,
      balancing: true,
      before: begin,
      ask: (sim) => sim.user.apply(web),
      isDone: isReady,
      faults: (sim) => [...faultsOf(sim), ...(sim.dataplane.state.services.length === 3 ? [] : keys(sim))],
    });
    expect(faults).toEqual([]);
    expect(calls).toBeGreaterThan(4);
  });

  test('while a load balancer is deleted', async () => {
    const { calls, faults } = await diesAtEveryCall({
      workers: 0,
      balancing: true,
      before: async (sim) => {
        await begin(sim);
        await sim.user.apply(web);
        await sim.until('it is balanced', () => isReady(sim));
      },
      ask: (sim) => sim.user.delete(LoadBalancerKind, 'web'),
      isDone: (sim) => sim.find(LoadBalancerKind, 'web') === undefined,
      faults: (sim) => [...faultsOf(sim), ...(sim.dataplane.state.services.length === 1 ? [] : keys(sim))],
    });
    expect(faults).toEqual([]);
    expect(calls).toBeGreaterThan(1);
  });

  test('while a Service gets its address', async () => {
    const { calls, faults } = await diesAtEveryCall({
      workers: 1,
      balancing: true,
      before: begin,
      ask: (sim) => inDev(sim).apply(service('echo')),
      isDone: served,
      faults: (sim) => (keys(sim).length === 2 ? [] : keys(sim)),
    });
    expect(faults).toEqual([]);
    expect(calls).toBeGreaterThan(6);
  });

  test('while a Service turns into one of another type', async () => {
    const { calls, faults } = await diesAtEveryCall({
      workers: 1,
      balancing: true,
      before: async (sim) => {
        await begin(sim);
        await inDev(sim).apply(service('echo'));
        await sim.until('the Service is served', () => served(sim));
      },
      ask: (sim) => inDev(sim).apply(service('echo', { type: 'ClusterIP' })),
      isDone: (sim) => keys(sim).length === 1 && sim.api.peekAll(LoadBalancerKind).length === 1,
      faults: (sim) => inDev(sim).ingress('echo').map(String),
    });
    expect(faults).toEqual([]);
    expect(calls).toBeGreaterThan(3);
  });

  test('while a pool and its network go, and the cluster with its load balancers before', async () => {
    const { calls, faults } = await diesAtEveryCall({
      workers: 0,
      balancing: true,
      onlyWrites: true,
      before: async (sim) => {
        await sim.user.apply(addressPool('own'));
        await sim.until('the API server is published', () => published(sim));
      },
      ask: async (sim) => {
        await sim.user.delete(AddressPoolKind, '/own');
        await sim.user.delete(ClusterKind, 'dev');
      },
      isDone: (sim) => sim.find(AddressPoolKind, '/own') === undefined && sim.find(ClusterKind, 'dev') === undefined,
      faults: (sim) => [
        ...keys(sim),
        ...sim.engine
          .look()
          .networks.map(({ name }) => name)
          .filter((name) => name.startsWith('qbo-pool')),
      ],
    });
    expect(faults).toEqual([]);
    expect(calls).toBeGreaterThan(8);
  });
});

describe('when calls fail at random and news comes late, twice or never', () => {
  test.each([1, 2, 3, 4, 5, 6])('every Service ends up with its address and its ports (seed %i)', async (seed) => {
    const weather = new Weather(seed, () => sim.clock);
    const sim: Simulation = await simulation({
      balancing: true,
      clusters: [cluster('dev', { workers: 2 })],
      before: ({ user }) => user.apply(LAN),
      passage: { fault: weather.fault, stream: (name, items) => weather.stream(name, items) },
    });
    await sim.until('the API server is published', () => published(sim));
    const dev = inDev(sim);
    Object.assign(weather, { calls: 0.15, events: 0.1, lagMs: 300 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const [index, name] of names.entries()) {
      await dev.apply(service(name, { ports: [{ port: 80 + index, nodePort: 30_080 + index }] }));
      await sim.pass(2_000);
    }
    sim.dataplane.interrupt(true);
    await dev.delete('a');
    await dev.apply(service('b', { ports: [{ port: 8081, nodePort: 30_081 }] }));
    await sim.pass(10_000);
    sim.dataplane.interrupt(false);
    sim.restart();
    await dev.apply(service('c', { type: 'NodePort', ports: [{ port: 82, nodePort: 30_082 }] }));
    await sim.user.scale('dev', 3);
    await sim.pass(30_000);
    weather.calm();
    await sim.settled();
    const address = sim.find(LoadBalancerKind, 'dev-api')?.status?.address ?? '';
    expect(keys(sim)).toEqual([6443, 8081, 83, 84].map((port) => `TCP ${address}:${String(port)}`).sort());
    expect(['b', 'd', 'e'].map((name) => dev.ingress(name))).toEqual([[address], [address], [address]]);
    expect(dev.ingress('c')).toEqual([]);
    const [members] = sim.dataplane.state.services.filter(({ port }) => port === 83).map((each) => each.members);
    expect(members).toHaveLength(3);
    expect(members?.every(({ weight }) => weight === 1)).toBe(true);
    await sim.user.delete(ClusterKind, 'dev');
    await sim.settled();
    expect(sim.api.peekAll(LoadBalancerKind)).toEqual([]);
    expect(sim.dataplane.state).toEqual({ addresses: [], services: [] });
    expect(sim.residue()).toEqual([]);
  });
});
