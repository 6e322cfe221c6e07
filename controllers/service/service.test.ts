import { expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { serviceKey } from '../backends/dataplane.ts';
import { EndpointSliceType, ServiceType } from '../kube/kinds.ts';
import type { EndpointSlice, Service } from '../kube/kinds.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Stored } from '../runtime/object.ts';
import { addressPool, cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';

const { signal } = new AbortController();
const VIP = '192.0.2.10';

const echo = (spec: Service['spec'] = {}, name = 'echo'): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: {
    type: 'LoadBalancer',
    ports: [
      { name: 'web', protocol: 'TCP', port: 80, nodePort: 30_080 },
      { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30_053 },
    ],
    ...spec,
  },
});

/** A pool, and a cluster with two workers, at rest. */
const world = (annotations: Readonly<Record<string, string>> = {}): Promise<Simulation> =>
  simulation({
    balancing: true,
    clusters: [cluster('dev', { workers: 2 }, { annotations })],
    before: ({ user }) => user.apply(addressPool('lan', { addresses: ['192.0.2.10-192.0.2.19'] })),
  }).settled();

const inside = (sim: Simulation): KubeClient => sim.inside('dev').client('user');
const apply = (sim: Simulation, service: Service): Promise<Stored<Service>> =>
  inside(sim).apply(ServiceType, { ...service }, { fieldManager: 'user' }, signal);
const found = (sim: Simulation, name = 'echo'): Stored<Service> => {
  const service = sim.inside('dev').peek(ServiceType, { namespace: 'default', name });
  if (service === undefined) throw new Error(`There is no Service ${name}`);
  return service;
};
const ingress = (sim: Simulation, name = 'echo'): readonly (string | undefined)[] =>
  found(sim, name).status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? [];
const made = (sim: Simulation): readonly Stored<LoadBalancer>[] =>
  sim.api.peekAll(LoadBalancerKind).filter(({ metadata }) => metadata.name !== 'dev-api');
const balanced = (sim: Simulation): readonly string[] =>
  sim.dataplane.state.services
    .filter(({ port }) => port !== 6443)
    .map((service) => {
      const members = service.members.map(
        ({ address, port, weight }) => `${address}:${String(port)}=${String(weight)}`,
      );
      return `${serviceKey(service)} -> ${members.join(' ')}`;
    })
    .sort();

test('a Service of type LoadBalancer gets an address within two seconds, on the node ports of the workers', async () => {
  const sim = await world();
  await apply(sim, echo());
  await sim.pass(2_000);
  expect(ingress(sim)).toEqual([VIP]);
  expect(balanced(sim)).toEqual([
    `TCP ${VIP}:80 -> 172.18.0.4:30080=1 172.18.0.5:30080=1`,
    `UDP ${VIP}:53 -> 172.18.0.4:30053=1 172.18.0.5:30053=1`,
  ]);
  expect(made(sim)).toMatchObject([
    {
      metadata: { labels: { 'qbo.io/service-namespace': 'default', 'qbo.io/service-name': 'echo' } },
      status: { address: VIP, ports: '80,53/UDP' },
    },
  ]);
});

test('once it has its address nothing is written any more', async () => {
  const sim = await world();
  const local = { externalTrafficPolicy: 'Local', healthCheckNodePort: 32_000 } as const;
  await apply(sim, echo({ ...local, loadBalancerSourceRanges: ['10.0.0.0/8'] }));
  await sim.settled();
  const writes = [sim.life.writes.length, sim.dataplane.writes];
  await sim.pass(15 * 60_000);
  expect([sim.life.writes.length, sim.dataplane.writes]).toEqual(writes);
});

test('two Services of a cluster share its address; for one port of both the later waits until it is free', async () => {
  const sim = await world();
  await apply(sim, echo());
  await sim.pass(2_000);
  await apply(sim, echo({ ports: [{ port: 80, nodePort: 30_180 }] }, 'late'));
  await sim.pass(5_000);
  expect(ingress(sim, 'late')).toEqual([]);
  expect(made(sim).map((one) => sim.condition(one, 'Ready')?.reason)).toEqual(['Ready', 'PortTaken']);
  expect(balanced(sim)[0]).toContain(':30080=1');
  await inside(sim).delete(ServiceType, { namespace: 'default', name: 'echo' }, {}, signal);
  await sim.pass(2_000);
  expect(balanced(sim)).toEqual([`TCP ${VIP}:80 -> 172.18.0.4:30180=1 172.18.0.5:30180=1`]);
  expect(ingress(sim, 'late')).toEqual([VIP]);
});

test('a Service that has some of its ports only shows the address, and which of them it waits for', async () => {
  const sim = await world();
  await apply(sim, echo());
  await sim.pass(2_000);
  const ports = [
    { name: 'web', port: 80, nodePort: 30_180 },
    { name: 'more', port: 81, nodePort: 30_181 },
  ];
  await apply(sim, echo({ ports }, 'late'));
  await sim.pass(5_000);
  expect(found(sim, 'late').status?.loadBalancer?.ingress).toEqual([
    {
      ip: VIP,
      ports: [
        { port: 80, protocol: 'TCP', error: 'qbo.io/PortTaken' },
        { port: 81, protocol: 'TCP' },
      ],
    },
  ]);
  const writes = sim.life.writes.length;
  await sim.pass(10 * 60_000);
  expect(sim.life.writes.length).toBe(writes);
  await inside(sim).delete(ServiceType, { namespace: 'default', name: 'echo' }, {}, signal);
  await sim.pass(2_000);
  expect(found(sim, 'late').status?.loadBalancer?.ingress).toEqual([{ ip: VIP }]);
});

const said = (sim: Simulation, name = 'echo') =>
  found(sim, name).status?.conditions?.map(({ type, status, reason, message }) => ({ type, status, reason, message }));

test('a Service says itself why it is not balanced, and that it is', async () => {
  const sim = await world();
  await apply(sim, echo({ loadBalancerIP: '203.0.113.1' }));
  await sim.settled();
  expect(said(sim)).toEqual([
    {
      type: 'qbo.io/LoadBalanced',
      status: 'False',
      reason: 'AddressOutsidePools',
      message: expect.stringContaining('asks for 203.0.113.1, which is in no AddressPool'),
    },
  ]);
  const writes = sim.life.writes.length;
  await sim.pass(10 * 60_000);
  expect(sim.life.writes.length).toBe(writes);
  await apply(sim, echo({ loadBalancerIP: '192.0.2.14' }));
  await sim.settled();
  expect([said(sim), ingress(sim)]).toEqual([
    [{ type: 'qbo.io/LoadBalanced', status: 'True', reason: 'Ready', message: '' }],
    ['192.0.2.14'],
  ]);
  await apply(sim, echo({ type: 'ClusterIP' }));
  await sim.settled();
  expect(said(sim) ?? []).toEqual([]);
});

test('what no LoadBalancer can have is told in the words of the API server, and others of the cluster are served', async () => {
  const sim = await world();
  const ports = Array.from({ length: 1_000 }, (_, index) => ({
    name: `p${String(index)}`,
    port: index + 1,
    nodePort: index + 30_000,
  }));
  await apply(sim, echo({ ports }, 'huge'));
  const loadBalancerSourceRanges = Array.from({ length: 65 }, (_, index) => `10.0.${String(index)}.0/24`);
  await apply(sim, echo({ loadBalancerSourceRanges }, 'ranges'));
  await apply(sim, echo());
  await sim.pass(5_000);
  expect(said(sim, 'huge')).toMatchObject([
    { status: 'False', reason: 'Invalid', message: expect.stringContaining('spec.ports') },
  ]);
  expect(said(sim, 'ranges')).toMatchObject([
    { status: 'False', reason: 'Invalid', message: expect.stringContaining('spec.sourceRanges') },
  ]);
  expect([ingress(sim), ingress(sim, 'huge'), ingress(sim, 'ranges')]).toEqual([[VIP], [], []]);
  const writes = sim.life.writes.length;
  await sim.pass(10 * 60_000);
  expect(sim.life.writes.length).toBe(writes);
  await apply(sim, echo({ ports: [{ port: 81, nodePort: 30_081 }] }, 'huge'));
  await sim.pass(5_000);
  expect(ingress(sim, 'huge')).toEqual([VIP]);

  // One that was served is served on as it was, until what it asks for can be.
  await apply(sim, echo({ loadBalancerSourceRanges }));
  await sim.pass(5_000);
  expect(said(sim)).toMatchObject([{ status: 'False', reason: 'Invalid' }]);
  expect(balanced(sim)).toContain(`TCP ${VIP}:80 -> 172.18.0.4:30080=1 172.18.0.5:30080=1`);
});

test('ports and type are changed live, and nothing of the former stays', async () => {
  const sim = await world();
  await apply(sim, echo());
  await sim.pass(2_000);
  await apply(sim, echo({ ports: [{ port: 8080, nodePort: 30_088 }] }));
  await sim.pass(2_000);
  expect(balanced(sim)).toEqual([`TCP ${VIP}:8080 -> 172.18.0.4:30088=1 172.18.0.5:30088=1`]);
  await apply(sim, echo({ type: 'NodePort' }));
  await sim.pass(2_000);
  expect([ingress(sim), balanced(sim), made(sim)]).toEqual([[], [], []]);
  await apply(sim, echo());
  await sim.pass(2_000);
  expect(ingress(sim)).toEqual([VIP]);
  await inside(sim).delete(ServiceType, { namespace: 'default', name: 'echo' }, {}, signal);
  await sim.pass(2_000);
  expect([balanced(sim), made(sim)]).toEqual([[], []]);
});

test('what a Service asks for by its fields is so', async () => {
  const sim = await world();
  await apply(
    sim,
    echo({
      loadBalancerIP: '192.0.2.18',
      sessionAffinity: 'ClientIP',
      loadBalancerSourceRanges: ['198.51.100.0/24'],
      loadBalancerClass: 'qbo.io/load-balancer',
    }),
  );
  await apply(sim, echo({ loadBalancerClass: 'example.com/other' }, 'theirs'));
  await sim.pass(2_000);
  expect(ingress(sim)).toEqual(['192.0.2.18']);
  expect(sim.dataplane.state.services.filter(({ address }) => address === '192.0.2.18')).toMatchObject([
    { port: 80, persistenceSeconds: 10_800, sourceRanges: ['198.51.100.0/24'], keepsSource: true },
    { port: 53 },
  ]);
  expect(ingress(sim, 'theirs')).toEqual([]);
  expect(made(sim)).toHaveLength(1);
  await apply(sim, echo());
  await sim.pass(2_000);
  const [service] = sim.dataplane.state.services.filter(({ port }) => port === 80);
  expect(service?.address).toBe('192.0.2.18');
  expect(service && ['persistenceSeconds', 'sourceRanges', 'keepsSource'].filter((key) => key in service)).toEqual([]);
});

test('the same port may be of three protocols, and each goes to its own node port', async () => {
  const sim = await world();
  const ports = [
    { name: 'tcp', protocol: 'TCP', port: 53, nodePort: 30_001 },
    { name: 'udp', protocol: 'UDP', port: 53, nodePort: 30_002 },
    { name: 'sctp', protocol: 'SCTP', port: 53, nodePort: 30_003 },
  ] as const;
  await apply(sim, echo({ ports }));
  await sim.pass(2_000);
  expect(balanced(sim)).toEqual([
    `SCTP ${VIP}:53 -> 172.18.0.4:30003=1 172.18.0.5:30003=1`,
    `TCP ${VIP}:53 -> 172.18.0.4:30001=1 172.18.0.5:30001=1`,
    `UDP ${VIP}:53 -> 172.18.0.4:30002=1 172.18.0.5:30002=1`,
  ]);
  expect(made(sim)).toMatchObject([{ status: { ports: '53,53/UDP,53/SCTP' } }]);
});

test('ranges of clients may be written as Kubernetes lets them: with blanks, host bits, and twice', async () => {
  const sim = await world();
  await apply(sim, echo({ loadBalancerSourceRanges: [' 10.1.2.3/8', '10.0.0.0/8', '198.51.100.7/32 '] }));
  await sim.pass(2_000);
  expect(sim.dataplane.state.services.find(({ port }) => port === 80)?.sourceRanges).toEqual([
    '10.0.0.0/8',
    '198.51.100.7/32',
  ]);
});

test('clients of the family of the address are let in by the ranges of that family; others alone let nobody in', async () => {
  const sim = await world();
  await apply(sim, echo({ loadBalancerSourceRanges: ['198.51.100.0/24', '2001:db8::/32'] }));
  await sim.pass(2_000);
  expect(sim.dataplane.state.services.find(({ port }) => port === 80)?.sourceRanges).toEqual(['198.51.100.0/24']);
  await apply(sim, echo({ loadBalancerSourceRanges: ['2001:db8::/32'] }));
  await sim.pass(2_000);
  expect(balanced(sim)).toEqual([]);
  expect(ingress(sim)).toEqual([]);
  expect(made(sim).map((one) => sim.condition(one, 'Ready')?.reason)).toEqual(['RuleRefused']);
});

test('a control plane answers while it takes pods, which is as long as there are no workers', async () => {
  const sim = await world();
  await sim.user.scale('dev', 0);
  await sim.settled();
  await apply(sim, echo());
  await sim.pass(2_000);
  expect(balanced(sim)[0]).toBe(`TCP ${VIP}:80 -> 172.18.0.3:30080=1`);
  await sim.user.scale('dev', 1);
  await sim.settled();
  expect(balanced(sim)[0]).toMatch(/-> 172\.18\.0\.[45]:30080=1$/);
});

test('a local Service goes to nodes with ready endpoints only, and keeps the address of clients', async () => {
  const sim = await world();
  const [first, second] = sim
    .workers('dev')
    .map(({ status }) => ({ host: status?.hostname ?? '', at: status?.address ?? '' }));
  if (first === undefined || second === undefined) throw new Error('There are no two workers');
  const slice = (nodeName: string, ready: boolean): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'echo-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'echo' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.1.2'], nodeName, conditions: { ready } }],
  });
  const put = (object: EndpointSlice) =>
    inside(sim).apply(EndpointSliceType, { ...object }, { fieldManager: 'kube' }, signal);
  await put(slice(first.host, true));
  const local = { externalTrafficPolicy: 'Local', healthCheckNodePort: 32_000 } as const;
  await apply(sim, echo({ ...local, ports: [{ port: 80, nodePort: 30_080 }] }));
  await sim.pass(2_000);
  expect(balanced(sim)).toEqual([`TCP ${VIP}:80 -> ${first.at}:30080=1`]);
  expect(sim.dataplane.state.services.find(({ port }) => port === 80)?.keepsSource).toBe(true);
  // Its kube-proxy has not heard of it yet.
  sim.prober.silent.add(second.at);
  await put(slice(second.host, true));
  await sim.pass(10_000);
  expect(balanced(sim).join()).not.toContain(`${second.at}:30080=1`);
  expect(sim.prober.asked).toContain(`HTTP ${second.at}:32000/healthz`);
  sim.prober.silent.delete(second.at);
  await sim.pass(2_000);
  const lines = balanced(sim).join();
  expect(lines).toContain(`${second.at}:30080=1`);
  expect(lines).toContain(`${first.at}:30080=0`);
  await put(slice(second.host, false));
  await sim.pass(40_000);
  expect(balanced(sim)).toEqual([`TCP ${VIP}:80 -> `]);
  expect(ingress(sim)).toEqual([VIP]);
});

test("in QBO's manner the address is an external one too, for as long as the cluster asks for it", async () => {
  const sim = await world({ 'qbo.io/external-ips': 'true' });
  await apply(sim, echo());
  await sim.pass(2_000);
  expect(found(sim).spec?.externalIPs).toEqual([VIP]);
  await sim.user.annotate(ClusterKind, 'dev', { 'qbo.io/external-ips': null });
  await sim.pass(3_000);
  expect(found(sim).spec?.externalIPs).toBeUndefined();
  expect(ingress(sim)).toEqual([VIP]);
});

test('without node ports packets are handed on as they are, to the ports of the Service itself', async () => {
  const sim = await world();
  await apply(sim, echo({ ports: [{ port: 80 }] }));
  await sim.pass(2_000);
  const service = sim.dataplane.state.services.find(({ port }) => port === 80);
  expect(service).toMatchObject({ forwarding: 'Direct', members: [{ port: 80 }, { port: 80 }] });
});

test('a cluster that is stopped keeps what its Services have, also over a restart of the operator', async () => {
  const sim = await world();
  await apply(sim, echo());
  await sim.pass(2_000);
  await sim.user.power(ClusterKind, 'dev', 'Stopped');
  await sim.settled();
  sim.restart();
  await sim.settled();
  expect(made(sim)).toMatchObject([{ status: { address: VIP, readyMembers: 0 } }]);
  await sim.user.power(ClusterKind, 'dev', 'Running');
  await sim.settled();
  expect(ingress(sim)).toEqual([VIP]);
  expect(balanced(sim)[0]?.match(/=1/g)).toHaveLength(2);
});

test('what was deleted and made while the operator was away is put right when it is back', async () => {
  const sim = await world();
  await apply(sim, echo());
  await apply(sim, echo({ ports: [{ port: 90, nodePort: 30_090 }] }, 'other'));
  await sim.pass(2_000);
  sim.life.end();
  await inside(sim).delete(ServiceType, { namespace: 'default', name: 'echo' }, {}, signal);
  await apply(sim, echo({ ports: [{ port: 91, nodePort: 30_091 }] }, 'third'));
  await sim.pass(2_000);
  sim.restart();
  await sim.settled();
  expect(balanced(sim).map((line) => line.split(' ->')[0])).toEqual([`TCP ${VIP}:90`, `TCP ${VIP}:91`]);
});

test('somebody who deletes the load balancer of a Service gets it back; with the cluster all are gone', async () => {
  const sim = await world();
  await apply(sim, echo());
  await sim.pass(2_000);
  await sim.user.delete(LoadBalancerKind, made(sim)[0]?.metadata.name ?? '');
  await sim.pass(3_000);
  expect(ingress(sim)).toEqual([VIP]);
  expect(balanced(sim)).toHaveLength(2);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.api.peekAll(LoadBalancerKind)).toEqual([]);
  expect(sim.dataplane.state).toEqual({ addresses: [], services: [] });
  expect(sim.residue()).toEqual([]);
});
