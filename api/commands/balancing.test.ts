import { describe, expect, test } from '@jest/globals';
import { AddressPoolKind } from '../../crds/address-pool.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import { ServiceType, type Service } from '../../controllers/kube/kinds.ts';
import { ALICE, BridgeWorld, messagesIn, rowsIn } from '../../test/fixtures/bridge/commands.ts';
import { addressPool, cluster, loadBalancer } from '../../test/fixtures/world/objects.ts';
import { simulation, type Simulation } from '../../test/fixtures/world/simulation.ts';
import { payloadSchemas } from '../wire/message.ts';

const { signal } = new AbortController();

/** A pool of ten addresses, and a cluster `dev` with two workers whose API server has the first of them. */
const begin = (): Promise<Simulation> =>
  simulation({
    balancing: true,
    clusters: [cluster('dev', { workers: 2, domain: 'lab.example.com' })],
    before: ({ user }) => user.apply(addressPool('lan', { addresses: ['192.0.2.10-192.0.2.19'] })),
  }).settled();

const web: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    type: 'LoadBalancer',
    ports: [
      { name: 'web', protocol: 'TCP', port: 80, nodePort: 30_080 },
      { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30_053 },
    ],
  },
};

const serve = async (sim: Simulation): Promise<void> => {
  await sim
    .inside('dev')
    .client('user')
    .apply(ServiceType, { ...web }, { fieldManager: 'user' }, signal);
  await sim.settled();
};

const namesOf = (sim: Simulation, pool: string): readonly string[] | undefined =>
  sim.find(AddressPoolKind, `/${pool}`)?.spec.addresses;

const ends = (row: Record<string, unknown>): string =>
  `${String(row['protocol'])} ${String(row['vip'])}:${String(row['vip_port'])} ${String(row['rip'])}:${String(row['rip_port'])}`;

describe('get ipvs', () => {
  test('has a row for each server behind each port, in QBO’s words', async () => {
    const sim = await begin();
    await serve(sim);
    const { sent, failure } = await new BridgeWorld(sim).run('get ipvs dev');
    expect(failure()).toBeUndefined();
    const rows = rowsIn(sent, 'ipvs');
    payloadSchemas.ipvs.parse(rows);
    expect(rows.map(ends)).toEqual([
      't 192.0.2.10:6443 172.18.0.3:6443',
      't 192.0.2.10:80 172.18.0.4:30080',
      't 192.0.2.10:80 172.18.0.5:30080',
      'u 192.0.2.10:53 172.18.0.4:30053',
      'u 192.0.2.10:53 172.18.0.5:30053',
    ]);
    const [control] = sim.nodes('dev');
    expect(rows[0]).toMatchObject({
      id: sim.container(control!).id,
      aux: '',
      scheduler: 'rr',
      forward: 'm',
      weight: 1,
      state: 'ready',
      node: `${control!.metadata.name}.lab.example.com`,
      cluster: 'dev',
      user: 'local@localhost',
      balancer: 'dev-api',
    });
  });

  test('finds them by cluster, by load balancer, and by address', async () => {
    const sim = await begin();
    await sim.user.apply(
      loadBalancer('db', {
        ports: [{ port: 8_000, endPort: 8_009, targetPort: 9_000 }],
        members: [{ address: '10.9.9.9' }],
      }),
    );
    await sim.settled();
    const world = new BridgeWorld(sim);
    for (const name of ['db', '192.0.2.11']) {
      expect(rowsIn((await world.run(`get ipvs ${name}`)).sent, 'ipvs')).toMatchObject([
        {
          vip: '192.0.2.11',
          vip_port: '8000-8009',
          rip: '10.9.9.9',
          rip_port: '9000-9009',
          id: '',
          node: '',
          cluster: '',
        },
      ]);
    }
    expect(rowsIn((await world.run('get ipvs -A')).sent, 'ipvs')).toHaveLength(2);
    expect((await world.run('get ipvs nobody')).failure()).toMatchObject({
      code: 404,
      message: expect.stringContaining('There is no cluster or load balancer nobody.'),
    });
  });

  test('says of a port that another load balancer has why it is not balanced', async () => {
    const sim = await begin();
    for (const name of ['one', 'two']) {
      await sim.user.apply(
        loadBalancer(name, { address: '192.0.2.15', ports: [{ port: 80 }], members: [{ address: '10.9.9.9' }] }),
      );
      await sim.settled();
    }
    const { sent } = await new BridgeWorld(sim).run('get ipvs one two');
    expect(rowsIn(sent, 'ipvs').map((row) => [row['balancer'], row['state'], row['message']])).toEqual([
      ['one', 'ready', undefined],
      ['two', 'created', expect.stringContaining('one')],
    ]);
  });

  test('has the counters of the port, and no rows of a cluster that has nothing balanced', async () => {
    const sim = await begin();
    const counters = { connections: 3, inbound: { packets: 4, bytes: 5 }, outbound: { packets: 6, bytes: 7 } };
    sim.dataplane.count('TCP 192.0.2.10:6443', counters);
    await sim.pass(120_000);
    const { sent } = await new BridgeWorld(sim).run('get ipvs dev');
    expect(rowsIn(sent, 'ipvs')).toMatchObject([{ conns: 3, inpkts: 4, inbytes: 5, outpkts: 6, outbytes: 7 }]);
    const plain = await simulation({ clusters: [cluster('bare', { workers: 0 })] }).then((made) => made.settled());
    expect(rowsIn((await new BridgeWorld(plain).run('get ipvs bare')).sent, 'ipvs')).toEqual([]);
  });
});

test('get services shows the address that a service is reached at', async () => {
  const sim = await begin();
  await serve(sim);
  const { sent, failure } = await new BridgeWorld(sim).run('get services dev');
  expect(failure()).toBeUndefined();
  const rows = rowsIn(sent, 'services').filter(({ name }) => name === 'web');
  expect(rows.map((row) => [row['type'], row['external_address'], row['port_number'], row['node_port']])).toEqual([
    ['LoadBalancer', '192.0.2.10', 80, 30_080],
    ['LoadBalancer', '192.0.2.10', 53, 30_053],
  ]);
});

describe('add network', () => {
  test('gives addresses, which come before those of the default pool', async () => {
    const sim = await simulation({
      balancing: true,
      before: ({ user }) => user.apply(addressPool('default')),
    }).settled();
    const world = new BridgeWorld(sim);
    const { sent, failure } = await world.run('add network 192.168.1.220 192.168.1.240/30');
    expect(failure()).toBeUndefined();
    expect(messagesIn(sent)).toContain('AddressPool host is ready.');
    const rows = rowsIn(sent, 'addresses');
    payloadSchemas.addresses.parse(rows);
    expect(rows).toMatchObject([
      { address: '192.168.1.220', prefixlen: 32, operstate: 'UP', aux: '', status: 0, type: 1, pool: 'host', used: 0 },
      { address: '192.168.1.240', prefixlen: 30, operstate: 'UP', pool: 'host' },
    ]);
    await sim.user.apply(loadBalancer('db', { ports: [{ port: 80 }], members: [{ address: '10.9.9.9' }] }));
    await sim.settled();
    expect(rowsIn((await world.run('get ipvs db')).sent, 'ipvs')).toMatchObject([{ vip: '192.168.1.220' }]);
    const listed = rowsIn((await world.run('get networks -H')).sent, 'addresses');
    expect(listed.map((row) => [row['address'], row['prefixlen'], row['status'], row['used']])).toEqual([
      ['172.31.255.0', 24, 0, 0],
      ['192.168.1.220', 32, 1, 1],
      ['192.168.1.240', 30, 0, 0],
    ]);
  });

  test('adds to what was given before, also when two do so at once', async () => {
    const sim = await begin();
    const world = new BridgeWorld(sim);
    await world.run('add network 198.51.100.1');
    const [one, two] = [world.start('add network 198.51.100.2'), world.start('add network 2001:DB8::5')];
    await sim.until('both are done', () => one.isOver() && two.isOver());
    expect([one.failure(), two.failure()]).toEqual([undefined, undefined]);
    expect([...(namesOf(sim, 'host') ?? [])].sort()).toEqual(['198.51.100.1', '198.51.100.2', '2001:db8::5']);
  });

  test.each([
    ['192.0.2.12', 409, '192.0.2.12 has addresses of 192.0.2.10-192.0.2.19, which is in AddressPool lan already'],
    ['192.0.2.0/24', 409, 'is in AddressPool lan already'],
    ['172.18.0.9', 409, 'is in the network of cluster default/dev already'],
    ['198.51.100.1 198.51.100.0/30', 422, '198.51.100.1 and 198.51.100.0/30 have addresses in common'],
    ['192.168.1.1/24', 422, '"192.168.1.1/24" is no address, block or range'],
    ['192.168.1.9-192.168.1.1', 422, 'ranges from the lower to the higher'],
  ])('of %s is refused, and nothing is given', async (names, code, words) => {
    const sim = await begin();
    const { failure } = await new BridgeWorld(sim).run(`add network 203.0.113.1 ${names}`);
    expect(failure()).toMatchObject({ code, message: expect.stringContaining(words.replaceAll('"', '')) });
    expect(namesOf(sim, 'host')).toBeUndefined();
  });

  test('of more than a pool may name says what to do instead', async () => {
    const sim = await begin();
    const world = new BridgeWorld(sim);
    const many = Array.from({ length: 64 }, (_, index) => `198.51.100.${String(index * 2)}`);
    expect((await world.run(`add network ${many.join(' ')}`)).failure()).toBeUndefined();
    expect((await world.run('add network 203.0.113.1')).failure()).toMatchObject({
      code: 422,
      message: expect.stringContaining('Name blocks or ranges'),
    });
  });
});

describe('delete network', () => {
  test('takes addresses back, out of blocks as well, and the pool with the last of them', async () => {
    const sim = await begin();
    const world = new BridgeWorld(sim);
    await world.run('add network 198.51.100.0/29 203.0.113.7');
    expect((await world.run('delete network 198.51.100.0-198.51.100.2 198.51.100.5')).failure()).toBeUndefined();
    expect(namesOf(sim, 'host')).toEqual(['198.51.100.3-198.51.100.4', '198.51.100.6/31', '203.0.113.7']);
    const last = await world.run('delete network 198.51.100.3-198.51.100.4 198.51.100.6/31 203.0.113.7');
    expect(last.failure()).toBeUndefined();
    expect(messagesIn(last.sent).at(-1)).toBe('AddressPool host is deleted.');
    expect(namesOf(sim, 'host')).toBeUndefined();
  });

  test.each([
    ['192.0.2.10', 409, '192.0.2.10 is the address of LoadBalancer default/dev-api'],
    ['192.0.2.18-192.0.2.21', 404, '192.0.2.18-192.0.2.21 is not given to load balancers, or not all of it'],
    ['198.51.100.1', 404, 'See qbo get networks -H.'],
    ['172.31.255.7', 409, 'kubectl delete addresspool default'],
  ])('of %s is refused, and nothing is taken', async (names, code, words) => {
    const sim = await begin();
    await sim.user.apply(addressPool('default'));
    await sim.settled();
    const { failure } = await new BridgeWorld(sim).run(`delete network 192.0.2.19 ${names}`);
    expect(failure()).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(namesOf(sim, 'lan')).toEqual(['192.0.2.10-192.0.2.19']);
  });
});

test('addresses are for those who may see and change AddressPools', async () => {
  const sim = await begin();
  sim.api.onRequest = (verb, { plural }, _, user) =>
    user === ALICE.impersonate.user && plural === 'addresspools'
      ? new KubeApiError(403, 'Forbidden', `addresspools.qbo.io is forbidden: User "${user}" cannot ${verb}`)
      : undefined;
  const world = new BridgeWorld(sim);
  for (const line of ['get networks -H', 'add network 198.51.100.1', 'delete network 192.0.2.19']) {
    expect((await world.run(line, ALICE)).failure()).toMatchObject({
      code: 403,
      message: expect.stringContaining('Ask an administrator for the right.'),
    });
  }
  expect(namesOf(sim, 'lan')).toEqual(['192.0.2.10-192.0.2.19']);
  expect(sim.api.peekAll(LoadBalancerKind)).toHaveLength(1);
});
