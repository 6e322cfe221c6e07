import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { OutOfSpace } from '../../crds/errors.ts';
import { Label } from '../../crds/names.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { NODE_IMAGE } from '../../test/fixtures/world/node-image.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import { DaemonSetType, DeploymentType, SecretType, StorageClassType } from '../kube/kinds.ts';
import { nodeName } from './node-plan.ts';

test('a cluster becomes Ready, and its status says what a person wants to know', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.cluster('dev').status).toMatchObject({
    observedGeneration: 1,
    image: NODE_IMAGE,
    version: 'v1.35.4',
    kindName: 'dev',
    address: '172.18.0.3',
    endpoint: 'https://172.18.0.3:6443',
    nodes: '3/3',
    readyNodes: 3,
    totalNodes: 3,
    workers: 2,
    selector: 'qbo.io/cluster=dev,qbo.io/role=worker',
  });
  for (const node of sim.nodes('dev'))
    expect(node.status).toMatchObject({
      version: 'v1.35.4',
      osImage: 'Debian GNU/Linux 12 (bookworm)',
      kernelVersion: '6.12.0-amd64',
    });
  const conditions = sim.cluster('dev').status?.conditions ?? [];
  expect(conditions.map(({ type, status }) => `${type} ${status}`)).toEqual([
    'Ready True',
    'AddonsReady True',
    'Available True',
    'CertificatesReady True',
    'ControlPlaneReady True',
    'HostReady True',
    'ImageReady True',
    'KubeconfigReady True',
    'NetworkReady True',
    'NodesReady True',
    'PowerReady True',
  ]);
});

test('while a cluster is made, Ready names one step after the other', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
  const reasons: string[] = [];
  await sim.until('the cluster is Ready', () => {
    const { status, reason } = sim.condition(sim.cluster('dev'), 'Ready') ?? {};
    expect(status).not.toBe('Unknown');
    if (reason !== undefined && reason !== reasons.at(-1)) reasons.push(reason);
    return sim.ready('dev');
  });
  // What takes no time may pass between two looks.
  const order = ['CreatingNetwork', 'ControlPlaneStarting', 'InstallingAddons', 'NodeNotReady', 'Ready'];
  expect(reasons).toEqual(order.filter((reason) => reasons.includes(reason)));
  expect(reasons).toEqual(expect.arrayContaining(['ControlPlaneStarting', 'NodeNotReady', 'Ready']));
});

test('names of nodes follow from the cluster, so that making them twice makes them once', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  const { uid } = sim.cluster('dev').metadata;
  const names = sim.nodes('dev').map(({ metadata }) => metadata.name);
  expect(names[0]).toBe(nodeName(uid, 'control-plane', 0));
  expect(names.slice(1).sort()).toEqual([nodeName(uid, 'worker', 0), nodeName(uid, 'worker', 1)].sort());
});

test('the gateway is .1, .2 is kept free, and nodes follow from .3, the control plane first', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  expect(sim.network('dev').status).toMatchObject({ subnet: '172.18.0.0/24', gateway: '172.18.0.1' });
  const addresses = sim.nodes('dev').map(({ status }) => status?.address ?? '');
  expect(addresses[0]).toBe('172.18.0.3');
  expect(addresses.slice(1).sort()).toEqual(['172.18.0.4', '172.18.0.5']);
  const { dockerNetworkID = '' } = sim.network('dev').status ?? {};
  const given = sim.nodes('dev').map((node) => sim.container(node).addresses[dockerNetworkID]);
  expect(given).toEqual(addresses);
});

test('a container has the name of its Node, its host name in the domain, and labels for us, for people and for kind', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0, domain: 'example.org' })] }).settled();
  const node = sim.controlPlane('dev');
  const container = sim.container(node);
  expect(container.name).toBe(node.metadata.name);
  expect(container.hostname).toBe(`${node.metadata.name}.example.org`);
  expect(node.status).toMatchObject({ hostname: container.hostname, containerName: container.name });
  expect(container.labels).toEqual({
    [Label.id]: node.metadata.uid,
    [Label.instance]: 'qbo',
    [Label.cluster]: 'dev',
    [Label.role]: 'control-plane',
    [Label.kind]: 'Node',
    [Label.namespace]: 'default',
    [Label.name]: node.metadata.name,
    [Label.kindCluster]: 'dev',
    [Label.kindRole]: 'control-plane',
  });
});

test('what a node must not lose is in three labelled volumes of its own', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  for (const { metadata } of sim.nodes('dev')) {
    const volumes = sim.engine.look().volumes.filter(({ owner }) => owner === metadata.uid);
    const prefix = `${metadata.name}-${metadata.uid.slice(0, 8)}`;
    expect(volumes.map(({ name }) => name).sort()).toEqual([
      `${prefix}-etc-cni`,
      `${prefix}-etc-kubernetes`,
      `${prefix}-var`,
    ]);
    for (const { labels } of volumes) expect(labels).toMatchObject({ [Label.instance]: 'qbo', [Label.cluster]: 'dev' });
  }
});

test('workers wait for the control plane, and then join side by side', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 3 })] }).settled();
  const control = sim.container(sim.controlPlane('dev')).id;
  const calls = (method: string): string[] =>
    sim.life.writes.filter((write) => write.startsWith(`engine.${method} `)).map((write) => write.split(' ')[1] ?? '');
  expect(calls('start')[0]).toBe(control);
  expect(calls('startUnit')[0]).toBe(control);
  // One after the other they would take 2 s each.
  const since = sim.workers('dev').map((node) => sim.condition(node, 'Bootstrapped')?.lastTransitionTime);
  expect(new Set(since).size).toBe(1);
});

test('no container of a worker is made before that of the control plane runs', async () => {
  const isOfControlPlane = (args: readonly unknown[]): boolean => String(args[0]).startsWith('control-');
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 2 })],
    engine: {
      onCall: (method, args) =>
        method === 'create' && isOfControlPlane(args) ? new OutOfSpace({ what: 'a container', answer: '' }) : undefined,
    },
  });
  await sim.pass(60_000);
  expect(sim.engine.look().containers).toEqual([]);
  expect(sim.condition(sim.workers('dev')[0]!, 'Ready')?.message).toBe('The control plane starts first');
});

test('pod network, storage and DNS are in the cluster, with its own block of addresses for pods', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 0, networking: { podCIDR: '10.80.0.0/16' } })],
  }).settled();
  const inside = sim.inside('dev');
  const kindnet = inside.peek(DaemonSetType, { namespace: 'kube-system', name: 'kindnet' });
  expect(JSON.stringify(kindnet?.spec)).toContain('10.80.0.0/16');
  expect(inside.peek(DeploymentType, { namespace: 'kube-system', name: 'coredns' })).toBeDefined();
  expect(inside.peekAll(StorageClassType)).toHaveLength(1);
});

test('the Secret holds a kubeconfig that works from the host, named after the cluster', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  const secret = sim.secret('dev-kubeconfig');
  expect(secret?.metadata).toMatchObject({
    labels: { [Label.cluster]: 'dev' },
    ownerReferences: [{ kind: 'Cluster', name: 'dev', uid: sim.cluster('dev').metadata.uid, controller: true }],
  });
  const kubeconfig = Buffer.from(secret?.data?.['value'] ?? '', 'base64').toString();
  expect(parse(kubeconfig)).toMatchObject({
    'current-context': 'dev',
    clusters: [{ name: 'dev', cluster: { server: 'https://172.18.0.3:6443' } }],
    users: [{ name: 'dev-admin', user: { 'client-key-data': expect.any(String) } }],
  });
  const client = sim.kubernetes.clientOf(kubeconfig);
  await expect(client.raw('/readyz', new AbortController().signal)).resolves.toBe('ok');
});

test('a node joins with a token of its own, which ends by itself', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  const tokens = sim.inside('dev').peekAll(SecretType);
  expect(tokens).toHaveLength(2);
  for (const { type, data } of tokens) {
    expect(type).toBe('bootstrap.kubernetes.io/token');
    const expiration = Buffer.from(data?.['expiration'] ?? '', 'base64').toString();
    expect(Date.parse(expiration)).toBeLessThanOrEqual(sim.clock.now() + 30 * 60_000);
  }
});

test('two clusters that are made at once get networks of their own, and so do ten', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `c${String(index)}`);
  const sim = await simulation({ clusters: names.map((name) => cluster(name, { workers: 0 })) }).settled();
  expect(names.filter((name) => !sim.ready(name))).toEqual([]);
  const subnets = names.map((name) => sim.network(name).status?.subnet);
  expect(new Set(subnets).size).toBe(10);
  const addresses = names.map((name) => sim.cluster(name).status?.address);
  expect(new Set(addresses).size).toBe(10);
});

test('people can follow it by events', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  const [worker] = sim.workers('dev');
  expect(sim.events('Cluster', 'dev').join('\n')).toContain(
    `${worker?.metadata.name ?? ''} (worker)\nNormal AddonsApplied`,
  );
  expect(sim.events('Network', 'dev').join('\n')).toContain('Docker network qbo-dev has 172.18.0.0/24');
  expect(sim.events('Node', worker?.metadata.name ?? '').join('\n')).toContain(
    `made from ${NODE_IMAGE}, address 172.18.0.4`,
  );
});
