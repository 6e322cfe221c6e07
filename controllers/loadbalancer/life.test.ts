import { expect, test } from '@jest/globals';
import { AddressPoolKind } from '../../crds/address-pool.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import type { Dataplane } from '../backends/dataplane.ts';
import { addressPool, cluster, loadBalancer } from '../../test/fixtures/world/objects.ts';
import {
  FIXED,
  LAN,
  addressOf,
  balanced,
  found,
  message,
  rest,
  says,
  withPool,
} from '../../test/fixtures/world/balancers.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';

/** Through it goes whoever talks to the host, and waits there while it is shut. */
class Door {
  #opened = Promise.resolve();
  open = (): void => undefined;

  shut(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#opened = promise;
    this.open = resolve;
  }

  before = (dataplane: Dataplane): Dataplane => ({
    describe: (signal) => this.#opened.then(() => dataplane.describe(signal)),
    read: (signal) => this.#opened.then(() => dataplane.read(signal)),
    apply: (desired, signal) => this.#opened.then(() => dataplane.apply(desired, signal)),
    changes: (signal) => dataplane.changes(signal),
  });
}

test('a load balancer takes an address of the pool, and the host balances its ports', async () => {
  const sim = await withPool();
  await sim.user.apply(
    loadBalancer('web', {
      ports: [
        { port: 80, targetPort: 8080 },
        { port: 53, protocol: 'UDP' },
      ],
      members: FIXED,
    }),
  );
  await rest(sim);
  expect(says(sim, 'web')).toBe('True Ready');
  expect(found(sim, 'web').status).toMatchObject({
    address: '192.0.2.10',
    pool: 'lan',
    interface: 'eth0',
    ports: '80,53/UDP',
    dataplane: 'Memory',
    readyMembers: 1,
    rules: [
      { port: 80, targetPort: 8080, state: 'Active' },
      { port: 53, protocol: 'UDP', state: 'Active' },
    ],
  });
  expect(sim.dataplane.state.addresses).toEqual([{ address: '192.0.2.10', interface: 'eth0' }]);
  expect(balanced(sim)).toEqual(['TCP 192.0.2.10:80 -> 198.51.100.7:8080=1', 'UDP 192.0.2.10:53 -> 198.51.100.7:53=1']);
  expect(sim.find(AddressPoolKind, '/lan')?.status).toMatchObject({ total: 10, used: 1, interface: 'eth0' });
});

test('once all is balanced nothing is written any more', async () => {
  const sim = await withPool();
  await sim.user.apply(loadBalancer('web', { ports: [{ port: 80 }], members: FIXED }));
  await rest(sim);
  const writes = [sim.life.writes.length, sim.dataplane.writes];
  await sim.pass(15 * 60_000);
  expect([sim.life.writes.length, sim.dataplane.writes]).toEqual(writes);
});

test('an address stays when the pool changes, when others go, and over a restart of the operator', async () => {
  const sim = await withPool();
  for (const name of ['a', 'b']) await sim.user.apply(loadBalancer(name, { ports: [{ port: 80 }], members: FIXED }));
  await rest(sim);
  expect([addressOf(sim, 'a'), addressOf(sim, 'b')]).toEqual(['192.0.2.10', '192.0.2.11']);
  await sim.user.delete(LoadBalancerKind, 'a');
  await rest(sim);
  sim.restart();
  await sim.user.apply(addressPool('lan', { addresses: ['192.0.2.100-192.0.2.110'], interface: 'eth0' }));
  await rest(sim);
  expect(addressOf(sim, 'b')).toBe('192.0.2.11');
  expect(says(sim, 'b')).toBe('True Ready');
  expect(balanced(sim)).toEqual(['TCP 192.0.2.11:80 -> 198.51.100.7:80=1']);
});

test.each([
  ['with a pool', LAN],
  ['without one', []],
])('an operator that starts anew lets statuses stand until the host has answered: %s', async (_, addresses) => {
  const door = new Door();
  const sim = await simulation({
    balancing: true,
    mutate: ({ dataplane, ...others }) => ({ ...others, ...(dataplane && { dataplane: door.before(dataplane) }) }),
  });
  if (addresses.length > 0) await sim.user.apply(addressPool('lan', { addresses, interface: 'eth0' }));
  await sim.user.apply(loadBalancer('web', { ports: [{ port: 80 }], members: FIXED }));
  await rest(sim);
  const before = found(sim, 'web');
  door.shut();
  sim.restart();
  await sim.pass(20_000);
  expect(found(sim, 'web')).toEqual(before);
  door.open();
  await sim.pass(90_000);
  expect(found(sim, 'web')).toEqual(before);
});

test('many that come at once get an address each', async () => {
  const sim = await withPool(['192.0.2.0/25']);
  const names = Array.from({ length: 60 }, (_, index) => `lb-${String(index)}`);
  await Promise.all(names.map((name) => sim.user.apply(loadBalancer(name, { ports: [{ port: 80 }], members: FIXED }))));
  await rest(sim);
  const addresses = names.map((name) => addressOf(sim, name));
  expect(new Set(addresses).size).toBe(names.length);
  expect(addresses).not.toContain(undefined);
  expect(sim.dataplane.state.services).toHaveLength(names.length);
  // Each container of the engine is looked at for all of them, and not for each.
  const looks = sim.life.calls.filter((call) => call.startsWith('engine.list')).length;
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBeLessThan(names.length / 2);
});

test('when a pool is used up, the one that comes too late says so, and gets the first address that is freed', async () => {
  const sim = await withPool(['192.0.2.10']);
  for (const name of ['first', 'late']) {
    await sim.user.apply(loadBalancer(name, { ports: [{ port: 80 }], members: FIXED }));
    await rest(sim);
  }
  expect(says(sim, 'late')).toBe('False AddressPoolExhausted');
  expect(says(sim, 'first')).toBe('True Ready');
  await sim.user.delete(LoadBalancerKind, 'first');
  await rest(sim);
  expect(says(sim, 'late')).toBe('True Ready');
  expect(addressOf(sim, 'late')).toBe('192.0.2.10');
});

test('an address that is asked for must be of a pool, and free', async () => {
  const sim = await withPool();
  const spec = { ports: [{ port: 80 }], members: FIXED };
  await sim.user.apply(loadBalancer('mine', { ...spec, address: '192.0.2.15' }));
  await rest(sim);
  await sim.user.apply(loadBalancer('far', { ...spec, address: '203.0.113.1' }));
  await sim.user.apply(loadBalancer('late', { ...spec, address: '192.0.2.15' }, { namespace: 'other' }));
  await rest(sim);
  expect(addressOf(sim, 'mine')).toBe('192.0.2.15');
  expect(says(sim, 'far')).toBe('False AddressOutsidePools');
  expect(says(sim, 'other/late')).toBe('False AddressHeld');
  expect(message(sim, 'other/late')).toContain('LoadBalancer default/mine');
  expect(says(sim, 'mine')).toBe('True Ready');
});

test('what the host or a container has is given to nobody, and whoever asks for it is told who has it', async () => {
  const sim = await withPool();
  sim.host.ownAddresses = ['192.0.2.10', '192.0.2.13'];
  sim.engine.foreignNetwork('lan', '192.0.2.0/24');
  sim.engine.foreignContainer('printer', { addresses: { lan: '192.0.2.11' } });
  const spec = { ports: [{ port: 80 }], members: FIXED };
  await sim.user.apply(loadBalancer('web', spec));
  await rest(sim);
  await sim.user.apply(loadBalancer('on-the-host', { ...spec, address: '192.0.2.13' }));
  await sim.user.apply(loadBalancer('on-the-printer', { ...spec, address: '192.0.2.11' }));
  await sim.user.apply(loadBalancer('next', spec));
  await rest(sim);
  expect([addressOf(sim, 'web'), addressOf(sim, 'next')]).toEqual(['192.0.2.12', '192.0.2.14']);
  expect(says(sim, 'on-the-host')).toBe('False AddressHeld');
  expect(message(sim, 'on-the-host')).toContain('asks for 192.0.2.13, and the host itself has it');
  expect(says(sim, 'on-the-printer')).toBe('False AddressHeld');
  expect(message(sim, 'on-the-printer')).toContain('container printer has it');
  expect([says(sim, 'web'), says(sim, 'next')]).toEqual(['True Ready', 'True Ready']);
  sim.host.ownAddresses = [];
  await sim.pass(120_000);
  expect(says(sim, 'on-the-host')).toBe('True Ready');
});

test('an address is known again for its own when the status is lost, also while the operator was away', async () => {
  const sim = await withPool();
  const names = ['a', 'b', 'c'];
  for (const name of names) {
    await sim.user.apply(loadBalancer(name, { ports: [{ port: 80 }], members: FIXED }));
    await rest(sim);
  }
  const before = names.map((name) => addressOf(sim, name));
  await sim.user.writeStatus(LoadBalancerKind, 'b', {});
  await rest(sim);
  expect(names.map((name) => addressOf(sim, name))).toEqual(before);
  sim.life.end();
  await sim.user.writeStatus(LoadBalancerKind, 'a', {});
  sim.restart();
  await rest(sim);
  expect(names.map((name) => addressOf(sim, name))).toEqual(before);
});

test('an address whose pool is gone and whose interface was forgotten is none, and nobody says that it is balanced', async () => {
  const sim = await (await simulation({ balancing: true, clusters: [cluster('dev', { workers: 1 })] })).settled();
  await sim.user.apply(addressPool('lan', { addresses: LAN, interface: 'eth0' }));
  await rest(sim);
  sim.life.end();
  await sim.user.delete(AddressPoolKind, '/lan');
  await sim.user.writeStatus(LoadBalancerKind, 'dev-api', {});
  sim.restart();
  await rest(sim);
  await sim.user.apply(loadBalancer('web', { cluster: 'dev', ports: [{ port: 80 }] }));
  await rest(sim);
  expect(says(sim, 'web')).toBe('False AddressPoolMissing');
  expect(says(sim, 'dev-api')).toBe('False AddressPoolMissing');
  await sim.user.apply(addressPool('other', { addresses: ['192.0.2.77'], interface: 'eth0' }));
  await rest(sim);
  expect([says(sim, 'web'), says(sim, 'dev-api')]).toEqual(['True Ready', 'True Ready']);
  expect(balanced(sim)).toHaveLength(2);
});

test('a pool for other namespaces, and one that is given by hand only, give nothing unasked', async () => {
  const sim = await simulation({ balancing: true });
  await sim.user.apply(addressPool('theirs', { addresses: ['192.0.2.1'], namespaces: ['team'] }));
  await sim.user.apply(addressPool('manual', { addresses: ['192.0.2.2'], assignment: 'Manual' }));
  await sim.user.apply(loadBalancer('web', { ports: [{ port: 80 }], members: FIXED }));
  await rest(sim);
  expect(says(sim, 'web')).toBe('False AddressPoolMissing');
  await sim.user.apply(loadBalancer('asks', { pool: 'manual', ports: [{ port: 80 }], members: FIXED }));
  await sim.user.apply(loadBalancer('web', { ports: [{ port: 80 }], members: FIXED }, { namespace: 'team' }));
  await rest(sim);
  expect([addressOf(sim, 'asks'), addressOf(sim, 'team/web')]).toEqual(['192.0.2.2', '192.0.2.1']);
});

test('of two pools that overlap the later gives nothing and says why, and the earlier works on', async () => {
  const sim = await withPool();
  await sim.pass(1_000);
  await sim.user.apply(addressPool('twice', { addresses: ['192.0.2.19-192.0.2.29'] }));
  await rest(sim);
  const twice = sim.find(AddressPoolKind, '/twice');
  expect(twice && sim.condition(twice, 'Ready')).toMatchObject({ status: 'False', reason: 'AddressPoolOverlap' });
  await sim.user.apply(addressPool('twice', { addresses: ['192.0.2.20-192.0.2.29'] }));
  await rest(sim);
  const mended = sim.find(AddressPoolKind, '/twice');
  expect(mended && sim.condition(mended, 'Ready')).toMatchObject({ status: 'True' });
});

test('a pool without addresses gets a Docker network, which goes with it, and not before its addresses', async () => {
  const sim = await withPool('its own');
  const pool = sim.find(AddressPoolKind, '/lan');
  expect(pool?.status).toMatchObject({ subnet: '172.31.255.0/24', dockerNetwork: 'qbo-pool-lan', total: 253 });
  expect(pool?.status?.interface).toMatch(/^br-[0-9a-f]{12}$/);
  await sim.user.apply(loadBalancer('web', { ports: [{ port: 80 }], members: FIXED }));
  await rest(sim);
  expect(addressOf(sim, 'web')).toBe('172.31.255.2');
  await sim.user.delete(AddressPoolKind, '/lan');
  await rest(sim);
  expect(sim.engine.look().networks.map(({ name }) => name)).toContain('qbo-pool-lan');
  const leaving = sim.find(AddressPoolKind, '/lan');
  expect(leaving && sim.condition(leaving, 'Deleting')).toMatchObject({ reason: 'AddressesInUse' });
  await sim.user.delete(LoadBalancerKind, 'web');
  await sim.pass(15_000);
  expect(sim.find(AddressPoolKind, '/lan')).toBeUndefined();
  expect(sim.engine.look().networks.map(({ name }) => name)).not.toContain('qbo-pool-lan');
  expect(sim.dataplane.state).toEqual({ addresses: [], services: [] });
});

test('of two that ask for one port of a shared address the later waits, and gets it when it is free', async () => {
  const sim = await withPool();
  const spec = (port: number) => ({ address: '192.0.2.12', ports: [{ port }, { port: 443 }], members: FIXED });
  await sim.user.apply(loadBalancer('first', spec(80)));
  await rest(sim);
  await sim.user.apply(loadBalancer('second', spec(81)));
  await rest(sim);
  expect(says(sim, 'second')).toBe('False PortTaken');
  expect(message(sim, 'second')).toContain('TCP 443 of 192.0.2.12, which LoadBalancer default/first has');
  expect(found(sim, 'second').status?.rules).toMatchObject([
    { port: 81, state: 'Active' },
    { port: 443, state: 'Waiting' },
  ]);
  expect(balanced(sim)).toHaveLength(3);
  await sim.user.apply(loadBalancer('first', { ...spec(80), ports: [{ port: 80 }] }));
  await rest(sim);
  expect(says(sim, 'second')).toBe('True Ready');
  expect(says(sim, 'first')).toBe('True Ready');
  const owner = sim.dataplane.state.services.find(({ port }) => port === 443)?.owner;
  expect(owner).toBe(found(sim, 'second').metadata.uid);
});

test('too many ports are refused, and what the dataplane lacks is said of the one that asks for it', async () => {
  const sim = await withPool();
  await sim.user.apply(loadBalancer('web', { ports: [{ port: 80 }], members: FIXED }));
  await sim.user.apply(loadBalancer('greedy', { ports: [{ port: 1, endPort: 1001 }], members: FIXED }));
  await sim.user.apply(loadBalancer('large', { ports: [{ port: 1, endPort: 1000 }], members: FIXED }));
  await sim.user.apply(
    loadBalancer('odd', { forwarding: 'Direct', ports: [{ port: 80, targetPort: 81 }, { port: 82 }], members: FIXED }),
  );
  await rest(sim);
  expect(says(sim, 'greedy')).toBe('False TooManyPorts');
  expect(says(sim, 'large')).toBe('True Ready');
  expect(says(sim, 'odd')).toBe('False RuleRefused');
  expect(found(sim, 'odd').status?.rules).toMatchObject([{ state: 'Refused' }, { state: 'Active' }]);
  expect(says(sim, 'web')).toBe('True Ready');
});

test('an interface that the host lacks is a condition of who is to be on it', async () => {
  const sim = await withPool();
  sim.dataplane.missingInterfaces.add('eth0');
  await sim.user.apply(loadBalancer('web', { ports: [{ port: 80 }], members: FIXED }));
  await rest(sim);
  expect(says(sim, 'web')).toBe('False AddressRefused');
  expect(message(sim, 'web')).toContain('no network interface eth0');
});

test('what somebody removes from the host is back at once', async () => {
  const sim = await withPool();
  await sim.user.apply(loadBalancer('web', { ports: [{ port: 80 }], members: FIXED }));
  await rest(sim);
  const before = sim.dataplane.state;
  sim.dataplane.meddle(() => ({ addresses: [], services: [] }));
  await sim.pass(100);
  expect(sim.dataplane.state).toEqual(before);
});

test('while the dataplane is away they say so; deletion waits for it for a minute, and what changed is done when it is back', async () => {
  const sim = await withPool();
  for (const name of ['web', 'old'])
    await sim.user.apply(loadBalancer(name, { ports: [{ port: 80 }], members: FIXED }));
  await rest(sim);
  sim.dataplane.interrupt(true);
  await sim.user.delete(LoadBalancerKind, 'old');
  await sim.pass(40_000);
  expect(says(sim, 'web')).toBe('False DataplaneUnavailable');
  expect(sim.find(LoadBalancerKind, 'old')).toBeDefined();
  await sim.pass(30_000);
  expect(sim.find(LoadBalancerKind, 'old')).toBeUndefined();
  expect(sim.dataplane.state.services).toHaveLength(2);
  sim.dataplane.interrupt(false);
  await sim.pass(40_000);
  expect(says(sim, 'web')).toBe('True Ready');
  expect(sim.dataplane.state.services).toHaveLength(1);
});
