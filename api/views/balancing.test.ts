import { expect, test } from '@jest/globals';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { ServiceType } from '../../controllers/kube/kinds.ts';
import { ALICE, BridgeWorld } from '../../test/fixtures/bridge/commands.ts';
import { addressPool, cluster, loadBalancer } from '../../test/fixtures/world/objects.ts';
import { simulation, type Simulation } from '../../test/fixtures/world/simulation.ts';
import type { Watch } from '../commands/index.ts';
import type { Payload } from '../wire/message.ts';

const { signal } = new AbortController();

type Rows = Record<string, readonly Record<string, unknown>[]>;

const begin = (): Promise<Simulation> =>
  simulation({
    balancing: true,
    clusters: [cluster('dev', { workers: 2 })],
    before: ({ user }) => user.apply(addressPool('lan', { addresses: ['192.0.2.10-192.0.2.19'] })),
  }).settled();

const shown = (watch: Watch): Rows => Object.assign({}, ...watch.snapshot()) as Rows;

/** What a stream says from now on, of load balancing: what is behind the port, and its state. */
function follow(watch: Watch): string[] {
  const told: string[] = [];
  const read = async (): Promise<void> => {
    for await (const payload of watch.changes(signal)) {
      const rows = (payload as Payload & Rows)['ipvs'] ?? [];
      told.push(
        ...rows.map(
          (row) => `${String(row['vip_port'])} ${String(row['rip'])} ${String(row['state'])} ${String(row['weight'])}`,
        ),
      );
    }
  };
  void read();
  return told;
}

test('servers come to a port and go from it as it happens', async () => {
  const sim = await begin();
  const watch = await new BridgeWorld(sim).watch('get ipvs dev -w');
  expect(shown(watch)['ipvs']).toMatchObject([{ vip_port: '6443', rip: '172.18.0.3', state: 'ready' }]);
  const told = follow(watch);
  const inside = sim.inside('dev').client('user');
  const spec = { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30_080 }] } as const;
  const web = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec };
  await inside.apply(ServiceType, web, { fieldManager: 'user' }, signal);
  await sim.settled();
  expect(told.splice(0)).toEqual(['80 172.18.0.4 ready 1', '80 172.18.0.5 ready 1']);

  const worker = sim.nodes('dev').at(-1)!;
  await new BridgeWorld(sim).run(`delete node ${worker.metadata.name}`);
  await sim.settled();
  expect(told).toContain('80 172.18.0.5 running 0');
  expect(told.at(-1)).toBe('80 172.18.0.5 deleted 0');

  told.splice(0);
  await inside.delete(ServiceType, { namespace: 'default', name: 'web' }, {}, signal);
  await sim.settled();
  expect(told.at(-1)).toBe('80 172.18.0.4 deleted 1');
});

test('get all -w has them with everything else', async () => {
  const sim = await begin();
  const rows = shown(await new BridgeWorld(sim).watch('get all -w'));
  expect(Object.keys(rows)).toEqual(['clusters', 'nodes', 'pods', 'services', 'networks', 'ipvs']);
  expect(rows['ipvs']).toHaveLength(1);
});

test('one that has no cluster is watched by its name and by its address', async () => {
  const sim = await begin();
  await sim.user.apply(loadBalancer('db', { ports: [{ port: 80 }], members: [{ address: '10.9.9.9' }] }));
  await sim.settled();
  const world = new BridgeWorld(sim);
  for (const name of ['db', '192.0.2.11']) {
    expect(shown(await world.watch(`get ipvs ${name} -w`))['ipvs']).toMatchObject([{ rip: '10.9.9.9' }]);
  }
  const told = follow(await world.watch('get ipvs db -w'));
  await sim.user.delete(LoadBalancerKind, 'default/db');
  await sim.settled();
  expect(told.at(-1)).toBe('80 10.9.9.9 deleted 1');
  await expect(world.watch('get ipvs db -w')).rejects.toMatchObject({ code: 404 });
});

test('whoever may not watch load balancers is told so', async () => {
  const sim = await begin();
  const world = new BridgeWorld(sim, { review: (_, { resource }) => Promise.resolve(resource !== 'loadbalancers') });
  await expect(world.watch('get ipvs -A -w', ALICE)).rejects.toMatchObject({
    code: 403,
    message: expect.stringContaining('You may not watch loadbalancers'),
  });
});

test('addresses are watched too: which are given, and which are had', async () => {
  const sim = await begin();
  const world = new BridgeWorld(sim);
  const watch = await world.watch('get networks -H -w');
  expect(shown(watch)['addresses']).toMatchObject([{ address: '192.0.2.10-192.0.2.19', used: 1 }]);
  await world.run('add network 198.51.100.1');
  await sim.pass(5_000);
  expect(shown(watch)['addresses']).toMatchObject([
    { pool: 'lan' },
    { address: '198.51.100.1', pool: 'host', used: 0 },
  ]);
});
