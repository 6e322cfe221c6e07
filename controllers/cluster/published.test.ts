import { expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { BOOTSTRAP } from '../node/bootstrap-script.ts';
import { serviceKey } from '../backends/dataplane.ts';
import { addressPool, cluster, loadBalancer } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';

const POOL = addressPool('lan', { addresses: ['192.0.2.10-192.0.2.19'] });

const kubeconfig = (sim: Simulation, name: string): string =>
  Buffer.from(sim.secret(`${name}-kubeconfig`)?.data?.['value'] ?? '', 'base64').toString();
const published = (sim: Simulation, name: string) => {
  const { status, reason } = sim.condition(sim.cluster(name), 'Published') ?? {};
  return `${status ?? 'absent'} ${reason ?? ''}`;
};
const services = (sim: Simulation): readonly string[] =>
  sim.dataplane.state.services.map((service) => {
    const members = service.members.map(({ address, port }) => `${address}:${String(port)}`);
    return `${serviceKey(service)} -> ${members.join(' ')}`;
  });

test("a cluster's API server is published on an address of its own, and its kubeconfig leads there", async () => {
  const sim = await simulation({
    balancing: true,
    clusters: [cluster('dev'), cluster('lab')],
    before: ({ user }) => user.apply(POOL),
  }).settled();
  expect([published(sim, 'dev'), published(sim, 'lab')]).toEqual(['True Ready', 'True Ready']);
  const endpoints = ['dev', 'lab'].map((name) => sim.cluster(name).status?.endpoint);
  expect([...endpoints].sort()).toEqual(['https://192.0.2.10:6443', 'https://192.0.2.11:6443']);
  expect(kubeconfig(sim, 'dev')).toContain(`server: ${endpoints[0] ?? ''}\n      tls-server-name: kubernetes\n`);
  expect(services(sim)).toHaveLength(2);
  expect(services(sim).join('\n')).toMatch(/^TCP 192\.0\.2\.10:6443 -> 172\.18\.[01]\.3:6443$/m);
});

test('without a pool a cluster works all the same, where its node is, and says what is missing', async () => {
  const sim = await simulation({ balancing: true, clusters: [cluster('dev')] }).settled();
  expect(sim.says('dev')).toBe('True Ready: ');
  expect(published(sim, 'dev')).toBe('False AddressPoolMissing');
  expect(kubeconfig(sim, 'dev')).toContain('server: https://172.18.0.3:6443');
  await sim.user.apply(POOL);
  await sim.settled();
  expect(published(sim, 'dev')).toBe('True Ready');
  expect(kubeconfig(sim, 'dev')).toContain('server: https://192.0.2.10:6443');
});

test('an outage of the dataplane changes no kubeconfig', async () => {
  const sim = await simulation({
    balancing: true,
    clusters: [cluster('dev')],
    before: ({ user }) => user.apply(POOL),
  }).settled();
  const before = kubeconfig(sim, 'dev');
  sim.dataplane.interrupt(true);
  await sim.pass(120_000);
  expect(published(sim, 'dev')).toBe('False DataplaneUnavailable');
  expect(sim.ready('dev')).toBe(true);
  expect(kubeconfig(sim, 'dev')).toBe(before);
});

test('an address that a user asks for the API server is kept, and the other load balancers of the cluster share it', async () => {
  const sim = await simulation({
    balancing: true,
    clusters: [cluster('dev')],
    before: ({ user }) => user.apply(POOL),
  }).settled();
  const { signal } = new AbortController();
  const key = { namespace: 'default', name: 'dev-api' };
  await sim.user.client.mergePatch(LoadBalancerKind, key, { spec: { address: '192.0.2.17' } }, signal);
  await sim.settled();
  expect(sim.cluster('dev').status?.endpoint).toBe('https://192.0.2.17:6443');
  await sim.user.apply(loadBalancer('web', { cluster: 'dev', ports: [{ port: 80 }, { port: 6443 }] }));
  await sim.settled();
  expect(sim.find(LoadBalancerKind, 'web')?.status).toMatchObject({
    address: '192.0.2.17',
    rules: [{ state: 'Active' }, { port: 6443, state: 'Waiting' }],
  });
  expect(published(sim, 'dev')).toBe('True Ready');
});

test('with a cluster go its load balancers, and nothing stays on the host', async () => {
  const sim = await simulation({
    balancing: true,
    clusters: [cluster('dev')],
    before: ({ user }) => user.apply(POOL),
  }).settled();
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
  expect(sim.find(LoadBalancerKind, 'dev-api')).toBeUndefined();
  expect(sim.dataplane.state).toEqual({ addresses: [], services: [] });
  expect(sim.residue()).toEqual([]);
});

test('a load balancer of that name that is somebody else’s is left alone', async () => {
  const sim = await simulation({
    balancing: true,
    clusters: [cluster('dev')],
    before: async ({ user }) => {
      await user.apply(POOL);
      await user.apply(loadBalancer('dev-api', { ports: [{ port: 80 }], members: [{ address: '198.51.100.1' }] }));
    },
  }).settled();
  expect(published(sim, 'dev')).toBe('False NameTaken');
  expect(sim.find(LoadBalancerKind, 'dev-api')?.metadata.ownerReferences).toBeUndefined();
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.find(LoadBalancerKind, 'dev-api')).toBeDefined();
});

test('a kubeconfig that follows the address is no repair, and the load balancer is what it was when somebody changes it', async () => {
  const sim = await simulation({ balancing: true, clusters: [cluster('dev')] }).settled();
  await sim.user.apply(POOL);
  await sim.settled();
  const told = sim.events('Cluster', 'dev').filter((line) => line.includes('Kubeconfig'));
  expect(told).toEqual([expect.stringMatching(/^Normal KubeconfigMoved: /)]);
  const { signal } = new AbortController();
  const key = { namespace: 'default', name: 'dev-api' };
  await sim.user.client.mergePatch(LoadBalancerKind, key, { spec: { ports: [{ port: 1 }] } }, signal);
  await sim.settled();
  expect(services(sim)).toEqual(['TCP 192.0.2.10:6443 -> 172.18.0.3:6443']);
  await sim.user.delete(LoadBalancerKind, 'dev-api');
  await sim.settled();
  expect(services(sim)).toEqual(['TCP 192.0.2.10:6443 -> 172.18.0.3:6443']);
});

test('the certificate of a cluster that is made where there is a pool names the address', async () => {
  const sim = await simulation({
    balancing: true,
    clusters: [cluster('dev')],
    before: ({ user }) => user.apply(POOL),
  }).settled();
  const config = sim.engine.file(sim.container(sim.controlPlane('dev')).name, BOOTSTRAP.config);
  expect(config).toMatch(/certSANs:\n(.*\n)*.*- 192\.0\.2\.10\n/);
});
