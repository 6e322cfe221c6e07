import { describe, expect, test } from '@jest/globals';
import { ClusterKind } from '../crds/cluster.ts';
import { Annotation, Label } from '../crds/names.ts';
import { NodeKind } from '../crds/node.ts';
import { KubeNodeType } from './kube/kinds.ts';
import { kindMade, kindNetwork } from '../test/fixtures/world/kind-made.ts';
import type { KindMade } from '../test/fixtures/world/kind-made.ts';
import { cluster } from '../test/fixtures/world/objects.ts';
import { simulation } from '../test/fixtures/world/simulation.ts';
import type { Simulation } from '../test/fixtures/world/simulation.ts';

type Spec = Parameters<typeof cluster>[1];

/** `mine` is to take over kind's cluster `old`. */
const adopter = (spec: Spec = { workers: 1 }, isConfirmed = false) =>
  cluster('mine', spec, {
    annotations: { [Annotation.adopt]: 'old', ...(isConfirmed && { [Annotation.adoptConfirmed]: 'old' }) },
  });

const beside = (made: KindMade = {}, spec?: Spec, isConfirmed = false): Promise<Simulation> =>
  simulation({
    clusters: [adopter(spec, isConfirmed)],
    settings: { managementContainer: 'qbo-management' },
    before: async (sim) => {
      kindNetwork(sim);
      sim.engine.foreignContainer('qbo-management');
      await kindMade(sim, 'old', made);
    },
  });

const confirm = (sim: Simulation): Promise<void> =>
  sim.user.annotate(ClusterKind, 'mine', { [Annotation.adoptConfirmed]: 'old' });

const adopted = async (made?: KindMade, spec?: Spec): Promise<Simulation> => (await beside(made, spec, true)).settled();

const names = (sim: Simulation): string[] => sim.nodes('mine').map(({ metadata }) => metadata.name);
const kinds = (sim: Simulation) =>
  sim.engine.look().containers.filter(({ labels }) => labels[Label.kindCluster] === 'old');
const says = (sim: Simulation): string => {
  const { status, reason, message } = sim.condition(sim.cluster('mine'), 'Adopted') ?? {};
  return `${status ?? 'absent'} ${reason ?? ''}: ${message ?? ''}`;
};

describe('before anybody has confirmed it', () => {
  test('nothing is made or touched, and the Cluster says what would be', async () => {
    const sim = await beside({}, { workers: 2 });
    const before = sim.engine.look();
    await sim.settled();
    expect(sim.engine.look()).toEqual(before);
    expect(names(sim)).toEqual([]);
    expect(sim.life.writes.filter((call) => call.startsWith('engine.'))).toEqual([]);
    expect(says(sim)).toMatch(/^False DryRun: Nothing was touched/);
    for (const word of [
      'old-control-plane',
      'old-worker',
      'Docker network kind',
      '172.30.0.0/16',
      'v1.35.4',
      '1 more would join',
    ]) {
      expect(says(sim)).toContain(word);
    }
    expect(says(sim)).toContain(`${Annotation.adoptConfirmed}=old`);
    await sim.user.delete(ClusterKind, 'mine');
    await sim.settled();
    expect(sim.find(ClusterKind, 'mine')).toBeUndefined();
    expect(sim.engine.look()).toEqual(before);
  });

  test('that workers would be removed is said in capitals', async () => {
    const sim = await (await beside({ workers: 2 }, { workers: 1 })).settled();
    expect(says(sim)).toContain('1 would be drained and REMOVED; set spec.workers to 2 to keep all');
  });

  test.each<{ what: string; made?: KindMade; spec?: Spec; why: string }>([
    { what: 'several control planes', made: { controlPlanes: 3 }, why: 'it has 3 control planes' },
    {
      what: 'other pods',
      made: { podSubnet: '10.10.0.0/16' },
      why: 'podCIDR is 10.244.0.0/16, but the cluster has 10.10.0.0/16',
    },
    { what: 'another image', spec: { image: 'kindest/node:v1.30.0' }, why: 'spec.image is kindest/node:v1.30.0' },
    {
      what: 'another subnet',
      spec: { networking: { subnet: '172.18.9.0/24' } },
      why: 'spec.networking.subnet is 172.18.9.0/24',
    },
  ])('a cluster with $what is refused, confirmed or not', async ({ made, spec, why }) => {
    const sim = await beside(made, spec, true);
    const before = sim.engine.look();
    await sim.settled();
    expect(says(sim)).toMatch(/^False NotAdoptable: Cluster mine can not take over/);
    expect(says(sim)).toContain(why);
    expect(sim.engine.look()).toEqual(before);
  });

  test('a name that kind does not know is told', async () => {
    const sim = await simulation({ clusters: [adopter()] }).settled();
    expect(says(sim)).toContain('the engine has no container with the label io.x-k8s.kind.cluster=old');
  });

  test('a Cluster that has nodes of its own goes on with those', async () => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
    kindNetwork(sim);
    await kindMade(sim, 'old');
    await sim.user.annotate(ClusterKind, 'dev', { [Annotation.adopt]: 'old', [Annotation.adoptConfirmed]: 'old' });
    await sim.user.scale('dev', 2);
    await sim.settled();
    expect(sim.condition(sim.cluster('dev'), 'Adopted')?.message).toContain('has nodes of its own already');
    expect(sim.ready('dev')).toBe(true);
    expect(sim.workers('dev')).toHaveLength(2);
    await sim.user.annotate(ClusterKind, 'dev', { [Annotation.adopt]: null });
    await sim.settled();
    expect(sim.condition(sim.cluster('dev'), 'Adopted')).toBeUndefined();
  });
});

describe('once it is confirmed', () => {
  test('the containers are taken over as they are, and the cluster is Ready', async () => {
    const sim = await (await beside()).settled();
    const before = kinds(sim);
    await confirm(sim);
    await sim.settled();
    expect(sim.ready('mine')).toBe(true);
    expect(says(sim)).toMatch(/^True Ready: Took over old/);
    expect(names(sim)).toEqual(['old-control-plane', 'old-worker']);
    expect(kinds(sim)).toEqual(before);
    expect(sim.cluster('mine').status).toMatchObject({ kindName: 'old', nodes: '2/2', address: '172.30.0.2' });
    expect(sim.condition(sim.node('old-control-plane'), 'Recoverable')).toMatchObject({
      status: 'False',
      reason: 'DataInContainer',
    });
    expect(sim.condition(sim.node('old-worker'), 'Recoverable')).toMatchObject({ status: 'True', reason: 'JoinsAnew' });
    const [kind] = sim.engine.look().networks.filter(({ name }) => name === 'kind');
    expect(sim.engine.look().containers.find(({ name }) => name === 'qbo-management')?.networks).toContain(kind?.id);
    const kubeconfig = Buffer.from(sim.secret('mine-kubeconfig')?.data?.['value'] ?? '', 'base64').toString();
    expect(kubeconfig).toContain('server: https://172.30.0.2:6443');
    expect(kubeconfig).toContain('tls-server-name: old-control-plane');
  });

  test('new workers join it in its own network, and its own workers can leave', async () => {
    const sim = await adopted();
    await sim.user.scale('mine', 2);
    await sim.settled();
    expect(sim.ready('mine')).toBe(true);
    expect(sim.kubeNodes('mine')).toHaveLength(3);
    expect(sim.engine.look().networks.map(({ name }) => name)).toEqual(['kind']);
    await sim.user.annotate(NodeKind, 'old-worker', { [Annotation.removeFirst]: 'true' });
    await sim.user.scale('mine', 1);
    await sim.settled();
    expect(names(sim)).not.toContain('old-worker');
    expect(sim.engine.look().containers.map(({ name }) => name)).not.toContain('old-worker');
    expect(sim.ready('mine')).toBe(true);
  });

  test.each(['old-control-plane', 'old-worker'])(
    '%s that is killed is started again, wherever the engine puts it',
    async (name) => {
      const sim = await adopted();
      sim.engine.kill('old-control-plane');
      sim.engine.kill('old-worker');
      await sim.settled();
      expect(sim.ready('mine')).toBe(true);
      const [address] = Object.values(sim.container(sim.node(name)).addresses);
      expect(sim.node(name).status?.address).toBe(address);
      expect(sim.cluster('mine').status?.endpoint).toContain(sim.node('old-control-plane').status?.address);
    },
  );

  test('a worker that is removed joins anew under its name, as one of ours', async () => {
    const sim = await adopted();
    sim.engine.removeBehindOurBack('old-worker');
    await sim.settled();
    expect(sim.ready('mine')).toBe(true);
    const node = sim.node('old-worker');
    expect(node.status).toMatchObject({ containerName: 'old-worker', hostname: 'old-worker' });
    expect(sim.container(node).labels).toMatchObject({ [Label.instance]: 'qbo', [Label.kindCluster]: 'old' });
    expect(sim.condition(node, 'Recoverable')).toBeUndefined();
    sim.engine.removeBehindOurBack('old-worker');
    await sim.settled();
    expect(sim.ready('mine')).toBe(true);
  });

  test('a control plane that is removed is not replaced by an empty cluster, and the loss is said', async () => {
    const sim = await adopted();
    sim.engine.removeBehindOurBack('old-control-plane');
    await sim.settled();
    expect(sim.says('mine')).toContain('False ControlPlaneLost');
    expect(sim.says('mine')).toContain('kubectl delete cluster mine');
    expect(sim.engine.look().containers.map(({ name }) => name)).toEqual(['qbo-management', 'old-worker']);
    await sim.user.delete(ClusterKind, 'mine');
    await sim.settled();
    expect(kinds(sim)).toEqual([]);
  });

  test('stops and starts as is asked for', async () => {
    const sim = await adopted();
    await sim.user.client.mergePatch(
      ClusterKind,
      { namespace: 'default', name: 'mine' },
      { spec: { power: 'Stopped' } },
      new AbortController().signal,
    );
    await sim.settled();
    expect(kinds(sim).map(({ state }) => state)).toEqual(['exited', 'exited']);
    await sim.user.client.mergePatch(
      ClusterKind,
      { namespace: 'default', name: 'mine' },
      { spec: { power: 'Running' } },
      new AbortController().signal,
    );
    await sim.settled();
    expect(sim.ready('mine')).toBe(true);
  });

  test('deleting the Cluster removes its containers and leaves the network, without us in it', async () => {
    const sim = await adopted();
    await sim.user.delete(ClusterKind, 'mine');
    await sim.settled();
    expect(sim.residue()).toEqual([]);
    expect(sim.engine.look()).toMatchObject({
      containers: [{ name: 'qbo-management', networks: [] }],
      networks: [{ name: 'kind' }],
    });
  });

  test('two adopted clusters share the network, which is left with the last', async () => {
    const sim = await adopted();
    await kindMade(sim, 'other');
    await sim.user.apply(
      cluster(
        'theirs',
        { workers: 1 },
        { annotations: { [Annotation.adopt]: 'other', [Annotation.adoptConfirmed]: 'other' } },
      ),
    );
    await sim.settled();
    expect([sim.ready('mine'), sim.ready('theirs')]).toEqual([true, true]);
    await sim.user.delete(ClusterKind, 'mine');
    await sim.settled();
    expect(sim.engine.look().containers[0]?.networks).toHaveLength(1);
    expect(sim.ready('theirs')).toBe(true);
  });

  test('after every status is lost nothing changes', async () => {
    const sim = await adopted({}, { workers: 2 });
    const before = sim.engine.look();
    sim.life.end();
    await sim.user.writeStatus(ClusterKind, 'mine', {});
    for (const name of names(sim)) await sim.user.writeStatus(NodeKind, name, {});
    sim.start();
    await sim.settled();
    expect(sim.engine.look()).toEqual(before);
    expect(sim.ready('mine')).toBe(true);
  });
});

describe('when the confirmation is taken away', () => {
  const released = async (): Promise<Simulation> => {
    const sim = await adopted({}, { workers: 2 });
    await sim.user.annotate(ClusterKind, 'mine', { [Annotation.adoptConfirmed]: null });
    return sim.settled();
  };

  test('nothing is done for what kind made, until it is confirmed again', async () => {
    const sim = await released();
    expect(says(sim)).toContain('False Released');
    sim.engine.kill('old-worker');
    await sim.pass(120_000);
    expect(sim.engine.look().containers.find(({ name }) => name === 'old-worker')?.state).toBe('exited');
    await confirm(sim);
    await sim.settled();
    expect(sim.ready('mine')).toBe(true);
  });

  test('deleting the Cluster leaves it as it is, without what was added', async () => {
    const sim = await released();
    const before = kinds(sim).filter(({ labels }) => !(Label.id in labels));
    const inside = sim.inside('mine');
    await sim.user.delete(ClusterKind, 'mine');
    await sim.settled();
    expect(sim.find(ClusterKind, 'mine')).toBeUndefined();
    expect(kinds(sim)).toEqual(before);
    expect(sim.residue()).toEqual([]);
    expect(inside.peekAll(KubeNodeType).map(({ metadata }) => metadata.name)).toEqual([
      'old-control-plane',
      'old-worker',
    ]);
  });
});

test('a kind cluster that nobody adopts is no business of ours', async () => {
  const sim = await simulation({
    clusters: [cluster('old', { workers: 1 })],
    before: async (world) => {
      kindNetwork(world);
      await kindMade(world, 'old');
    },
  });
  const before = sim.engine.look().containers;
  await sim.settled();
  expect(sim.ready('old')).toBe(true);
  sim.engine.kill('old-worker');
  await sim.user.delete(ClusterKind, 'old');
  await sim.settled();
  expect(sim.engine.look().containers.map(({ name, state }) => [name, state])).toEqual([
    ['old-control-plane', 'running'],
    ['old-worker', 'exited'],
  ]);
  expect(before).toHaveLength(2);
});

test('an operator that dies anywhere on the way takes over the same, and no more', async () => {
  const whole = await adopted();
  const calls = whole.life.calls.findIndex((call) => call.startsWith('kube.apply') && call.includes('old-worker'));
  expect(calls).toBeGreaterThan(0);
  for (let atCall = 1; atCall <= calls + 12; atCall += 2) {
    const sim = await simulation({
      clusters: [adopter({ workers: 1 }, true)],
      crash: { atCall, when: atCall % 4 === 1 ? 'before' : 'after' },
      before: async (world) => {
        kindNetwork(world);
        await kindMade(world, 'old');
      },
    });
    const before = kinds(sim);
    await sim.settled();
    sim.restart();
    await sim.settled();
    expect([atCall, sim.ready('mine'), names(sim)]).toEqual([atCall, true, ['old-control-plane', 'old-worker']]);
    expect(kinds(sim)).toEqual(before);
  }
}, 60_000);
