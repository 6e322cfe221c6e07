import { describe, expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { ConfigMapType, KubeNodeType } from '../kube/kinds.ts';

const running = (): Promise<Simulation> => simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();

const ROLES = [
  ['control plane', (sim: Simulation) => sim.controlPlane('dev')],
  ['worker', (sim: Simulation) => sim.workers('dev')[0]!],
] as const;

describe.each(ROLES)('a %s', (_, nodeOf) => {
  test('that was removed behind our back comes back on its volumes, with its name and address', async () => {
    const sim = await running();
    const before = sim.container(nodeOf(sim));
    const volumes = sim.engine.look().volumes;
    sim.engine.removeBehindOurBack(before.name);
    await sim.settled();
    const { id, ...after } = sim.container(nodeOf(sim));
    expect(id).not.toBe(before.id);
    expect(after).toMatchObject({
      name: before.name,
      addresses: before.addresses,
      labels: before.labels,
      state: 'running',
    });
    expect(sim.engine.look().volumes).toEqual(volumes);
    expect(nodeOf(sim).status?.containerID).toBe(id);
    expect(sim.ready('dev')).toBe(true);
    // It was not bootstrapped again: what it was is on its volumes.
    expect(sim.life.writes.filter((write) => write.includes('startUnit'))).toHaveLength(2);
  });

  test('that was killed is started again, and people are told', async () => {
    const sim = await running();
    const before = sim.container(nodeOf(sim));
    sim.engine.kill(before.name);
    await sim.settled();
    expect(sim.container(nodeOf(sim))).toMatchObject({ id: before.id, state: 'running', addresses: before.addresses });
    expect(sim.ready('dev')).toBe(true);
    expect(sim.events('Node', nodeOf(sim).metadata.name).join('\n')).toContain(
      `Warning ContainerRestarted: Container ${before.name} was not running (exited with code 137) and was started again`,
    );
  });

  test('that crashes and is started by the engine itself is left to it', async () => {
    const sim = await running();
    const before = sim.container(nodeOf(sim));
    sim.engine.crash(before.name);
    await sim.settled();
    expect(sim.container(nodeOf(sim)).id).toBe(before.id);
    expect(sim.ready('dev')).toBe(true);
  });
});

test('repair begins at once, not at the next look', async () => {
  const sim = await running();
  sim.engine.kill(sim.container(sim.workers('dev')[0]!).name);
  await sim.pass(500);
  expect(sim.container(sim.workers('dev')[0]!).state).toBe('running');
});

test('a control plane that was removed comes back with its data', async () => {
  const sim = await running();
  const mark = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mark', namespace: 'default' } };
  await sim.inside('dev').client('user').create(ConfigMapType, mark, new AbortController().signal);
  const secret = sim.secret('dev-kubeconfig')?.data;
  sim.engine.removeBehindOurBack(sim.container(sim.controlPlane('dev')).name);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.inside('dev').peek(ConfigMapType, { namespace: 'default', name: 'mark' })).toBeDefined();
  expect(sim.secret('dev-kubeconfig')?.data).toEqual(secret);
});

test('all containers of a cluster removed at once come back', async () => {
  const sim = await running();
  for (const { name } of sim.engine.look().containers) sim.engine.removeBehindOurBack(name);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.engine.look().containers).toHaveLength(2);
});

test('while its control plane is down, a cluster says so and is not Ready', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })], engine: {} }).settled();
  sim.engine.removeBehindOurBack(sim.container(sim.controlPlane('dev')).name);
  await sim.pass(1_000);
  expect(sim.ready('dev')).toBe(false);
  expect(sim.says('dev')).toContain('ControlPlaneStarting');
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('a worker whose volumes are gone too is bootstrapped anew, under its name and address', async () => {
  const sim = await running();
  const worker = sim.workers('dev')[0]!;
  const before = sim.container(worker);
  // As a person does it who wants a fresh node: quicker than the operator.
  const engine = sim.engine.containers();
  const { signal } = new AbortController();
  sim.life.end();
  sim.engine.removeBehindOurBack(before.name);
  for (const { name, owner } of sim.engine.look().volumes) {
    if (owner === worker.metadata.uid) await engine.volumes.remove(name, signal);
  }
  sim.start();
  await sim.settled();
  expect(sim.container(sim.node(worker.metadata.name))).toMatchObject({
    name: before.name,
    addresses: before.addresses,
  });
  expect(sim.ready('dev')).toBe(true);
  expect(sim.kubeNodes('dev')).toHaveLength(2);
});

test('a cluster after a restart of the engine is what it was', async () => {
  const sim = await running();
  const before = sim.engine.look().containers.map(({ id, addresses }) => ({ id, addresses }));
  sim.engine.restartEngine();
  await sim.settled();
  expect(sim.engine.look().containers.map(({ id, addresses }) => ({ id, addresses }))).toEqual(before);
  expect(sim.ready('dev')).toBe(true);
});

test('a Docker network that was removed is made anew, with the subnet, and nodes are attached at their addresses', async () => {
  const sim = await simulation({ clusters: [cluster('early', { workers: 0 })] }).settled();
  await sim.user.apply(cluster('dev', { workers: 1 }));
  await sim.settled();
  // From now on there is a subnet that would be picked first.
  await sim.user.delete(ClusterKind, 'early');
  await sim.settled();
  const { dockerNetworkID = '', subnet } = sim.network('dev').status ?? {};
  const addresses = sim.nodes('dev').map(({ status }) => status?.address);
  const engine = sim.engine.containers();
  const { signal } = new AbortController();
  sim.life.end();
  for (const { id } of sim.engine.look().containers) await engine.stop(id, 0, signal);
  await engine.networks.remove(dockerNetworkID, signal);
  sim.start();
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  const network = sim.network('dev').status;
  expect(network?.subnet).toBe(subnet);
  expect(network?.dockerNetworkID).not.toBe(dockerNetworkID);
  const attached = sim.nodes('dev').map((node) => sim.container(node).addresses[network?.dockerNetworkID ?? '']);
  expect(attached).toEqual(addresses);
});

test('what happened while the engine’s events could not be heard is looked for as soon as they can', async () => {
  const sim = await running();
  const { name } = sim.container(sim.workers('dev')[0]!);
  sim.engine.unavailable(true);
  await sim.pass(100);
  sim.engine.kill(name);
  sim.engine.unavailable(false);
  await sim.pass(4_000);
  expect(sim.container(sim.workers('dev')[0]!).state).toBe('running');
});

test('an address that a stranger has taken is named, with who has it, and the node goes on when it is free', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  sim.engine.foreignContainer('squatter', { addresses: { 'qbo-dev': '172.18.0.4' } });
  await sim.user.scale('dev', 1);
  await sim.pass(60_000);
  expect(sim.says('dev')).toContain('Address 172.18.0.4 in Docker network qbo-dev is in use by container squatter');
  sim.engine.removeBehindOurBack('squatter');
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('when the book of addresses is wrong, it follows the containers, which stay where they are', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  const before = sim.engine.look();
  const { addresses = [], ...status } = sim.network('dev').status ?? {};
  const [control, ...workers] = [...addresses].sort((a, b) => (a.address < b.address ? -1 : 1));
  const swapped = workers.map(({ node }, index) => ({ node, address: workers.at(index - 1)?.address }));
  sim.life.end();
  await sim.user.writeStatus(NetworkKind, 'dev', { ...status, addresses: [control, ...swapped] });
  sim.start();
  await sim.settled();
  expect(sim.network('dev').status?.addresses).toEqual(addresses);
  expect(sim.engine.look()).toEqual(before);
  expect(sim.ready('dev')).toBe(true);
});

test('when every status is lost, nothing that exists is changed, and each says again what is true', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  // The newer worker gets the lower address, which is not what a fresh count would give.
  const [first] = sim.workers('dev').filter(({ status }) => status?.address === '172.18.0.4');
  await sim.user.delete(NodeKind, first?.metadata.name ?? '');
  await sim.settled();
  const statuses = () =>
    [sim.cluster('dev'), sim.network('dev'), ...sim.nodes('dev')].map(({ status }) => withoutTimes(status));
  const before = { world: sim.engine.look(), statuses: statuses() };
  sim.life.end();
  sim.addImage('kindest/node:v1.36.0');
  await sim.user.writeStatus(ClusterKind, 'dev', {});
  await sim.user.writeStatus(NetworkKind, 'dev', {});
  for (const { metadata } of sim.nodes('dev')) await sim.user.writeStatus(NodeKind, metadata.name, {});
  sim.start();
  await sim.settled();
  expect(sim.engine.look()).toEqual(before.world);
  expect(statuses()).toEqual(before.statuses);
});

const withoutTimes = (status: unknown): unknown =>
  JSON.parse(JSON.stringify(status, (key, value: unknown) => (key === 'lastTransitionTime' ? undefined : value)));

test('two containers that carry one id are shown to a person, and neither is touched', async () => {
  const sim = await running();
  const worker = sim.workers('dev')[0]!;
  const { labels } = sim.container(worker);
  sim.engine.foreignContainer('a-copy', { labels });
  const before = sim.engine.look().containers;
  await sim.settled();
  expect(sim.condition(sim.node(worker.metadata.name), 'Ready')).toMatchObject({
    reason: 'DuplicateContainer',
    message: expect.stringContaining('a-copy'),
  });
  expect(sim.engine.look().containers).toEqual(before);
});

test('a Kubernetes node that the cluster calls not Ready makes its Node and its cluster not Ready, in its words', async () => {
  const sim = await running();
  const worker = sim.workers('dev')[0]!;
  const key = { namespace: '', name: worker.status?.hostname ?? '' };
  const status = {
    conditions: [{ type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: 'PLEG is not healthy' }],
  };
  sim.kubernetes.silence(key.name);
  const { apiVersion, kind } = KubeNodeType;
  await sim
    .inside('dev')
    .client('kubelet')
    .apply(
      KubeNodeType,
      { apiVersion, kind, metadata: { name: key.name }, status },
      { fieldManager: 'kubernetes', subresource: 'status' },
      new AbortController().signal,
    );
  await sim.pass(35_000);
  expect(sim.condition(sim.node(worker.metadata.name), 'Ready')?.message).toContain('PLEG is not healthy');
  expect(sim.says('dev')).toContain('PLEG is not healthy');
});
