import { expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';

const only = (name: string, subnet?: string) =>
  cluster(name, { workers: 0, ...(subnet !== undefined && { networking: { subnet } }) });

test('a subnet keeps clear of Docker networks and of routes of the host', async () => {
  const sim = await simulation({
    clusters: [only('dev')],
    before: ({ engine, host }) => {
      engine.foreignNetwork('office-vpn', '172.18.0.0/23');
      host.routeTable = [
        { destination: '0.0.0.0/0', device: 'eth0' },
        { destination: '172.18.2.0/25', device: 'wg0' },
      ];
    },
  }).settled();
  expect(sim.network('dev').status?.subnet).toBe('172.18.3.0/24');
  expect(sim.ready('dev')).toBe(true);
});

test('a subnet that was asked for is taken as it is', async () => {
  const sim = await simulation({ clusters: [only('dev', '192.168.40.0/24')] }).settled();
  expect(sim.cluster('dev').status?.address).toBe('192.168.40.3');
});

test('of many networks that are made at once none asks the engine for a subnet that another one takes', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `c${String(index)}`);
  const sim = await simulation({ clusters: names.map((name) => only(name)), engine: { latencyMs: 20 } }).settled();
  expect(names.filter((name) => !sim.ready(name))).toEqual([]);
  expect(sim.engine.calls.filter((call) => call.startsWith('networks.create'))).toHaveLength(names.length);
});

test('a subnet that somebody has names who has it, and the cluster goes on when it is free', async () => {
  const sim = await simulation({
    clusters: [only('dev', '172.18.0.0/24')],
    before: ({ engine }) => {
      engine.foreignNetwork('office-vpn', '172.18.0.0/16');
    },
  }).settled();
  const said =
    'SubnetOverlap: Cluster dev wants 172.18.0.0/24, but docker network "office-vpn" has 172.18.0.0/16. ' +
    'Choose another spec.networking.subnet, or leave it out to have one picked.';
  expect(sim.says('dev')).toBe(`False ${said.replace('SubnetOverlap: ', 'SubnetOverlap: Network dev: ')}`);
  expect(sim.condition(sim.cluster('dev'), 'Stalled')?.status).toBe('True');
  const [vpn] = sim.engine.look().networks;
  await sim.engine.containers().networks.remove(vpn?.id ?? '', new AbortController().signal);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.network('dev').status?.subnet).toBe('172.18.0.0/24');
});

test('of two clusters that ask for one subnet the second is told of the first', async () => {
  const sim = await simulation({ clusters: [only('first', '172.18.7.0/24')] }).settled();
  await sim.user.apply(only('second', '172.18.7.0/24'));
  await sim.settled();
  expect(sim.ready('first')).toBe(true);
  expect(sim.says('second')).toContain('docker network "qbo-first" has 172.18.7.0/24');
});

test('a pool that is used up says so, and a cluster that goes makes room for the one that waits', async () => {
  const sim = await simulation({
    clusters: [only('a'), only('b'), only('c')],
    settings: { subnetPools: ['172.18.0.0/23'] },
  }).settled();
  const waiting = ['a', 'b', 'c'].filter((name) => !sim.ready(name));
  expect(waiting).toHaveLength(1);
  const [late = ''] = waiting;
  expect(sim.says(late)).toContain('False SubnetPoolExhausted');
  expect(sim.says(late)).toContain('172.18.0.0/23');
  const early = ['a', 'b', 'c'].find((name) => name !== late) ?? '';
  await sim.user.delete(ClusterKind, early);
  await sim.settled();
  expect(sim.ready(late)).toBe(true);
});

test('the pools are used in their order', async () => {
  const sim = await simulation({
    clusters: [only('a'), only('b')],
    settings: { subnetPools: ['10.77.1.0/24', '10.77.9.0/24'] },
  }).settled();
  const subnets = ['a', 'b'].map((name) => sim.network(name).status?.subnet).sort();
  expect(subnets).toEqual(['10.77.1.0/24', '10.77.9.0/24']);
});

test('a name that another Docker network has is qualified, and the other is left alone', async () => {
  const sim = await simulation({
    clusters: [only('dev')],
    before: ({ engine }) => {
      engine.foreignNetwork('qbo-dev', '10.1.0.0/24');
    },
  }).settled();
  expect(sim.network('dev').status?.dockerNetwork).toBe('qbo-default-dev');
  expect(sim.ready('dev')).toBe(true);
});
