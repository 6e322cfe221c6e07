import { describe, expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { addressPool, cluster, loadBalancer } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
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

test('nodes of a cluster are members while they are ready; one that is deleted drains before it goes', async () => {
  const sim = await (await simulation({ balancing: true, clusters: [cluster('dev', { workers: 2 })] })).settled();
  await sim.user.apply(addressPool('lan', { addresses: LAN }));
  await sim.user.apply(loadBalancer('web', { cluster: 'dev', ports: [{ port: 80, targetPort: 30080 }] }));
  await rest(sim);
  const own = () => balanced(sim).filter((line) => line.includes(':80 '));
  expect(own()).toEqual(['TCP 192.0.2.10:80 -> 172.18.0.4:30080=1 172.18.0.5:30080=1']);
  await sim.user.scale('dev', 1);
  await sim.pass(1_000);
  const [leaving] = sim.workers('dev').filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const gone = leaving?.status?.address ?? '';
  expect(own().join().match(/\S+=0/g)).toEqual([`${gone}:30080=0`]);
  await sim.pass(28_000);
  expect(own().join()).toContain(`${gone}:30080=0`);
  expect(sim.workers('dev')).toHaveLength(2);
  await sim.settled();
  expect(
    own()
      .join()
      .match(/\S+=\d/g),
  ).toHaveLength(1);
  expect(own().join()).not.toContain(gone);
  expect(says(sim, 'web')).toBe('True Ready');
});

test('a node that is killed gets no new connections; a cluster that is stopped keeps its address, and goes on with it', async () => {
  const sim = await (await simulation({ balancing: true, clusters: [cluster('dev', { workers: 2 })] })).settled();
  await sim.user.apply(addressPool('lan', { addresses: LAN }));
  await sim.user.apply(loadBalancer('web', { cluster: 'dev', ports: [{ port: 80 }] }));
  await rest(sim);
  const own = () => balanced(sim).find((line) => line.includes('192.0.2.10:80')) ?? '';
  const [worker] = sim.workers('dev');
  if (worker === undefined) throw new Error('There is no worker');
  sim.engine.kill(sim.container(worker).name);
  await sim.pass(10);
  expect(own()).toContain(`${worker.status?.address ?? ''}:80=0`);
  await sim.settled();
  expect(own().match(/=1/g)).toHaveLength(2);
  await sim.user.power(ClusterKind, 'dev', 'Stopped');
  await sim.settled();
  expect(says(sim, 'web')).toBe('False NoMembers');
  expect(message(sim, 'web')).toContain('Cluster dev is stopped, as asked; the address stays');
  expect(addressOf(sim, 'web')).toBe('192.0.2.10');
  await sim.user.power(ClusterKind, 'dev', 'Running');
  await sim.settled();
  expect(own().match(/=1/g)).toHaveLength(2);
});

test('the control plane answers for workers while there are none', async () => {
  const sim = await (await simulation({ balancing: true, clusters: [cluster('one', { workers: 0 })] })).settled();
  await sim.user.apply(addressPool('lan', { addresses: LAN }));
  await sim.user.apply(loadBalancer('web', { cluster: 'one', ports: [{ port: 80 }] }));
  await rest(sim);
  expect(found(sim, 'web').status?.members).toMatchObject([{ address: '172.18.0.3', state: 'Ready' }]);
});

test('traffic is counted once a minute, of every port', async () => {
  const sim = await withPool();
  await sim.user.apply(loadBalancer('web', { ports: [{ port: 80 }, { port: 81 }], members: FIXED }));
  await rest(sim);
  sim.dataplane.count('TCP 192.0.2.10:80', {
    connections: 3,
    inbound: { packets: 10, bytes: 1000 },
    outbound: { packets: 9, bytes: 90_000 },
  });
  await sim.pass(120_000);
  expect(found(sim, 'web').status?.rules).toMatchObject([
    { port: 80, connections: 3, inboundPackets: 10, outboundBytes: 90_000 },
    { port: 81 },
  ]);
  const writes = sim.life.writes.length;
  await sim.pass(10 * 60_000);
  expect(sim.life.writes.length).toBe(writes);
});

describe('with a health check', () => {
  const members = [{ address: '198.51.100.7' }, { address: '198.51.100.8' }];
  const spec = { ports: [{ port: 80, targetPort: 8080 }], members, healthCheck: { failures: 2, path: '/healthz' } };
  const weights = (sim: Simulation): string => balanced(sim).join().replaceAll('198.51.100.', '');

  test('members that do not answer get no connections, and get them again when they do', async () => {
    const sim = await withPool();
    sim.prober.silent.add('198.51.100.8');
    await sim.user.apply(loadBalancer('web', { ...spec, healthCheck: { ...spec.healthCheck, protocol: 'HTTP' } }));
    await rest(sim);
    expect(weights(sim)).toBe('TCP 192.0.2.10:80 -> 7:8080=1');
    expect(sim.prober.asked).toContain('HTTP 198.51.100.8:8080/healthz');
    sim.prober.silent.delete('198.51.100.8');
    await sim.pass(6_000);
    expect(weights(sim)).toBe('TCP 192.0.2.10:80 -> 7:8080=1 8:8080=1');
    sim.prober.silent.add('198.51.100.7');
    await sim.pass(6_000);
    expect(weights(sim)).toBe('TCP 192.0.2.10:80 -> 7:8080=1 8:8080=1');
    await sim.pass(6_000);
    expect(weights(sim)).toBe('TCP 192.0.2.10:80 -> 7:8080=0 8:8080=1');
    await sim.pass(40_000);
    expect(weights(sim)).toBe('TCP 192.0.2.10:80 -> 8:8080=1');
  });

  test('when none answers, the condition says what each says', async () => {
    const sim = await withPool();
    for (const { address } of members) sim.prober.silent.add(address);
    await sim.user.apply(loadBalancer('web', spec));
    await rest(sim);
    expect(says(sim, 'web')).toBe('False NoMembers');
    expect(message(sim, 'web')).toContain('198.51.100.7: connect ECONNREFUSED');
  });

  test('an operator that starts asks first, and takes nobody out meanwhile', async () => {
    const sim = await withPool();
    await sim.user.apply(loadBalancer('web', spec));
    await rest(sim);
    const writes = sim.dataplane.writes;
    sim.restart();
    await sim.pass(60_000);
    expect(sim.dataplane.writes).toBe(writes);
    expect(weights(sim)).toBe('TCP 192.0.2.10:80 -> 7:8080=1 8:8080=1');
  });
});
