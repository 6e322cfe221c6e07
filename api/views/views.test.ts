import { describe, expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { UserKind } from '../../crds/user.ts';
import { ADMIN, ALICE, BridgeWorld } from '../../test/fixtures/bridge/commands.ts';
import { cluster, person } from '../../test/fixtures/world/objects.ts';
import { simulation, type Simulation } from '../../test/fixtures/world/simulation.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import { PodType, ServiceType, type Pod, type Service } from '../../controllers/kube/kinds.ts';
import type { Watch } from '../commands/index.ts';
import type { Payload } from '../wire/message.ts';
import type { Deed } from './rights.ts';

const { signal } = new AbortController();

const begin = (...clusters: ReturnType<typeof cluster>[]): Promise<Simulation> =>
  simulation({ clusters }).then((sim) => sim.settled());

type Rows = Record<string, readonly Record<string, unknown>[]>;

/** What a stream has shown since it was opened, and what it failed with. */
interface Seen {
  readonly rows: (key: string) => Record<string, unknown>[];
  readonly failure: () => unknown;
  readonly hasEnded: () => boolean;
}

function follow(watch: Watch, until: AbortSignal = signal): Seen {
  const payloads: Payload[] = [];
  let failure: unknown;
  let hasEnded = false;
  const read = async (): Promise<void> => {
    try {
      for await (const payload of watch.changes(until)) payloads.push(payload);
    } catch (error) {
      failure = error;
    }
    hasEnded = true;
  };
  void read();
  return {
    rows: (key) => payloads.flatMap((payload) => (payload as unknown as Rows)[key] ?? []),
    failure: () => failure,
    hasEnded: () => hasEnded,
  };
}

const shown = (watch: Watch): Rows => Object.assign({}, ...watch.snapshot()) as Rows;

const pod = (name: string, node = ''): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'main' }], ...(node !== '' && { nodeName: node }) },
});

const service = (...ports: number[]): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { type: 'ClusterIP', clusterIP: '10.96.1.1', ports: ports.map((port) => ({ name: `p${String(port)}`, port })) },
});

const inside = (sim: Simulation, name: string) => sim.inside(name).client('kubelet');

describe('a stream of nodes', () => {
  test('has all rows, then those that change, and says of one that is gone that it is', async () => {
    const sim = await begin(cluster('dev', { workers: 2 }), cluster('prod', { workers: 0 }));
    const world = new BridgeWorld(sim);
    const watch = await world.watch('get nodes dev -w');
    expect(shown(watch)['nodes']).toHaveLength(3);
    const seen = follow(watch);
    await sim.pass(60_000);
    expect(seen.rows('nodes')).toEqual([]);

    const [, worker] = sim.nodes('dev');
    await world.run(`stop node ${worker!.metadata.name}`);
    const name = `${worker!.metadata.name}.localhost`;
    expect(seen.rows('nodes').every((row) => row['name'] === name)).toBe(true);
    expect(seen.rows('nodes').at(-1)).toMatchObject({ state: 'exited' });

    await world.run('scale cluster dev -n 2');
    await world.run('add node prod');
    expect(seen.rows('nodes').filter(({ state }) => state === 'deleted')).toHaveLength(1);
    expect(seen.rows('nodes').every((row) => row['cluster'] === 'dev')).toBe(true);
  });

  test('ends with its signal, and leaves nothing open', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }));
    const world = new BridgeWorld(sim);
    const stop = new AbortController();
    const seen = follow(await world.watch('get all -w', ADMIN, stop.signal));
    expect(world.views.size).toBe(4);
    expect(world.workloads.size).toBe(3);
    stop.abort(new Error('nobody listens'));
    await sim.pass(60_000);
    expect(seen.hasEnded()).toBe(true);
    expect(seen.failure()).toBeUndefined();
    expect(world.views.size + world.workloads.size).toBe(0);
    sim.api.forgetRequests();
    await sim.pass(20_000);
    expect(sim.api.requests()['watch Cluster'] ?? 0).toBe(0);
  });

  test('is one watch for all that one caller looks at, and another for another', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }));
    const world = new BridgeWorld(sim);
    sim.api.forgetRequests();
    await Promise.all([world.watch('get nodes -A -w'), world.watch('get clusters -A -w')]);
    expect(sim.api.requests()).toMatchObject({ 'list Cluster': 1, 'list Node': 1 });
    await world.watch('get nodes -w', ALICE);
    expect(sim.api.requests()).toMatchObject({ 'list Cluster': 2, 'list Node': 2 });
  });

  test('of a name that is nowhere is refused, and of one elsewhere is found', async () => {
    const sim = await begin(cluster('hers', { workers: 0 }, { namespace: 'qbo-alice' }));
    const world = new BridgeWorld(sim);
    await expect(world.watch('get nodes dev -w')).rejects.toMatchObject({ code: 404 });
    const watch = await world.watch('get nodes qbo-alice/hers -w');
    expect(shown(watch)['nodes']).toHaveLength(1);
  });
});

describe('rights', () => {
  test('that are not there keep a stream from opening', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }));
    const review = (_: unknown, { resource }: Deed) => Promise.resolve(resource !== 'nodes');
    await expect(new BridgeWorld(sim, { review }).watch('get nodes -w', ALICE)).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining('You may not watch nodes in namespace qbo-alice'),
    });
  });

  test('that an administrator alone has make -A one’s own namespace to others', async () => {
    const sim = await begin(
      cluster('dev', { workers: 0 }),
      cluster('hers', { workers: 0 }, { namespace: 'qbo-alice' }),
    );
    const review = (_: unknown, { namespace }: Deed) => Promise.resolve(namespace === 'qbo-alice');
    const watch = await new BridgeWorld(sim, { review }).watch('get clusters -A -w', ALICE);
    expect(shown(watch)['clusters']!.map(({ name }) => name)).toEqual(['hers']);
  });

  test('that are revoked end the stream within seconds, whatever the API server’s watch still tells', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }, { namespace: 'qbo-alice' }));
    let isAllowed = true;
    const world = new BridgeWorld(sim, { review: () => Promise.resolve(isAllowed) });
    const seen = follow(await world.watch('get nodes -w', ALICE));
    isAllowed = false;
    await sim.pass(5_000);
    expect(seen.failure()).toMatchObject({ code: 403 });
    await sim.pass(20_000);
    expect(world.views.size).toBe(0);
  });

  test('to a kubeconfig that are revoked end the stream of what is in the cluster', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }, { namespace: 'qbo-alice' }));
    let isReadable = true;
    const review = (_: unknown, { resource }: Deed) => Promise.resolve(resource !== 'secrets' || isReadable);
    const seen = follow(await new BridgeWorld(sim, { review }).watch('get pods -w', ALICE));
    await sim.pass(5_000);
    expect(seen.hasEnded()).toBe(false);
    isReadable = false;
    await sim.pass(5_000);
    expect(seen.failure()).toMatchObject({ code: 403, message: expect.stringContaining('dev-kubeconfig') });
  });

  test('that nobody can tell of for a while change nothing', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }));
    let isAway = false;
    const review = () =>
      isAway ? Promise.reject(new KubeApiError(503, 'ServiceUnavailable', 'etcd is away')) : Promise.resolve(true);
    const seen = follow(await new BridgeWorld(sim, { review }).watch('get nodes -w'));
    isAway = true;
    await sim.pass(60_000);
    expect(seen.hasEnded()).toBe(false);
  });
});

describe('a stream of what is in clusters', () => {
  test('tells of pods and of every port of a service, as they come, change and go', async () => {
    const sim = await begin(cluster('dev', { workers: 1 }));
    const world = new BridgeWorld(sim);
    const watch = await world.watch('get all -w');
    expect(Object.keys(shown(watch))).toEqual(['clusters', 'nodes', 'pods', 'services', 'networks', 'ipvs']);
    const seen = follow(watch);
    const node = `${sim.nodes('dev')[1]!.metadata.name}.localhost`;
    await inside(sim, 'dev').create(PodType, pod('a', node), signal);
    await inside(sim, 'dev').create(ServiceType, service(80, 443), signal);
    await sim.pass(1_000);
    expect(seen.rows('pods')).toMatchObject([{ name: 'a', status: 'Pending', node, node_status: 'ready' }]);
    expect(seen.rows('services').map((row) => row['port_number'])).toEqual([80, 443]);

    const key = { namespace: 'default', name: 'web' };
    await inside(sim, 'dev').mergePatch(ServiceType, key, { spec: { ports: [{ name: 'p80', port: 80 }] } }, signal);
    await inside(sim, 'dev').delete(PodType, { ...key, name: 'a' }, {}, signal);
    await sim.pass(1_000);
    expect(seen.rows('services').at(-1)).toMatchObject({ port_number: 443, state: 'deleted' });
    expect(seen.rows('pods').at(-1)).toMatchObject({ name: 'a', state: 'deleted' });
  });

  test('shows the state of a pod’s node', async () => {
    const sim = await begin(cluster('dev', { workers: 1 }));
    const world = new BridgeWorld(sim);
    const worker = sim.nodes('dev')[1]!.metadata.name;
    await inside(sim, 'dev').create(PodType, pod('a', `${worker}.localhost`), signal);
    const seen = follow(await world.watch('get pods -w'));
    await world.run(`stop node ${worker}`);
    expect(seen.rows('pods').at(-1)).toMatchObject({ name: 'a', node_status: 'exited' });
  });

  test('loses a cluster that stops, and has it again when it starts', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }), cluster('prod', { workers: 0 }));
    await inside(sim, 'dev').create(PodType, pod('a'), signal);
    const world = new BridgeWorld(sim);
    const watch = await world.watch('get pods -A -w');
    expect(shown(watch)['pods']).toHaveLength(1);
    const seen = follow(watch);
    await world.run('stop cluster dev');
    expect(seen.rows('pods').at(-1)).toMatchObject({ name: 'a', state: 'deleted' });
    expect(shown(watch)['pods']).toEqual([]);
    await world.run('start cluster dev');
    await sim.pass(60_000);
    expect(shown(watch)['pods']).toMatchObject([{ name: 'a' }]);
  });

  test('takes up a cluster that is made later, and lets go of one that is deleted', async () => {
    const sim = await begin();
    const world = new BridgeWorld(sim);
    const watch = await world.watch('get pods -w');
    const seen = follow(watch);
    await world.run('add cluster dev -n 1');
    await inside(sim, 'dev').create(PodType, pod('a'), signal);
    await sim.pass(10_000);
    expect(seen.rows('pods').at(-1)).toMatchObject({ name: 'a', cluster: 'dev' });
    await world.run('delete cluster dev');
    expect(seen.rows('pods').at(-1)).toMatchObject({ name: 'a', state: 'deleted' });
    await sim.pass(60_000);
    expect(world.workloads.size).toBe(0);
    expect(seen.hasEnded()).toBe(false);
  });

  test('opens although a cluster does not answer, and has its pods when it does', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }), cluster('prod', { workers: 0 }));
    await inside(sim, 'dev').create(PodType, pod('a'), signal);
    await inside(sim, 'prod').create(PodType, pod('b'), signal);
    const server = sim.inside('dev');
    server.onRequest = (verb, { kind }) =>
      verb === 'list' && kind === 'Pod' ? new KubeApiError(503, 'ServiceUnavailable', 'starting') : undefined;
    const watch = await new BridgeWorld(sim).watch('get pods -w');
    expect(shown(watch)['pods']).toMatchObject([{ name: 'b' }]);
    const seen = follow(watch);
    server.onRequest = undefined;
    await sim.pass(60_000);
    expect(seen.rows('pods')).toMatchObject([{ name: 'a' }]);
  });

  test('is one watch of each cluster for all who may read its kubeconfig, and for nobody else', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }, { namespace: 'qbo-alice' }));
    await sim.inside('qbo-alice/dev').client('kubelet').create(PodType, pod('a'), signal);
    sim.api.onRequest = (verb, { kind }, _, user) =>
      kind === 'Secret' && verb === 'get' && user === 'qbo:bob'
        ? new KubeApiError(403, 'Forbidden', 'secrets is forbidden')
        : undefined;
    const world = new BridgeWorld(sim);
    sim.inside('qbo-alice/dev').forgetRequests();
    const bob = { ...ALICE, name: 'bob', impersonate: { user: 'qbo:bob', groups: ['qbo:users'] } };
    const hers = await world.watch('get pods -w', ALICE);
    const admins = await world.watch('get pods -A -w', ADMIN);
    const his = await world.watch('get pods -A -w', bob);
    expect(sim.inside('qbo-alice/dev').requests()['list Pod']).toBe(1);
    expect([hers, admins, his].map((watch) => shown(watch)['pods']!.length)).toEqual([1, 1, 0]);
  });

  test('goes on after its cluster has refused it for a while', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }));
    await inside(sim, 'dev').create(PodType, pod('a'), signal);
    const world = new BridgeWorld(sim);
    const watch = await world.watch('get pods -w');
    const server = sim.inside('dev');
    server.onRequest = (verb, { kind }) =>
      kind === 'Pod' && verb !== 'create' ? new KubeApiError(401, 'Unauthorized', 'Unauthorized') : undefined;
    server.dropWatches();
    await sim.pass(5_000);
    server.onRequest = undefined;
    await inside(sim, 'dev').create(PodType, pod('b'), signal);
    await sim.pass(60_000);
    expect(shown(watch)['pods']!.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

test('a cluster that is made anew under its name is another one', async () => {
  const sim = await begin(cluster('dev', { workers: 0 }));
  const world = new BridgeWorld(sim);
  const watch = await world.watch('get clusters -w');
  const seen = follow(watch);
  const before = sim.cluster('dev').metadata.uid;
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  await sim.user.apply(cluster('dev', { workers: 0 }));
  await sim.settled();
  expect(seen.rows('clusters').filter(({ state }) => state === 'deleted')).toMatchObject([{ id: before }]);
  expect(shown(watch)['clusters']).toMatchObject([{ id: sim.cluster('dev').metadata.uid, state: 'ready' }]);
});

describe('a stream of what is asked for again and again', () => {
  test('tells of users who come and go, without any keys', async () => {
    const sim = await simulation({ before: (world) => world.user.apply(person('alice')) }).then((made) =>
      made.settled(),
    );
    const watch = await new BridgeWorld(sim).watch('get users -A -w');
    expect(shown(watch)['users']!.map(({ name }) => name)).toEqual(['local', 'alice']);
    const seen = follow(watch);
    await sim.user.apply(person('bob'));
    await sim.settled();
    await sim.user.delete(UserKind, '/bob');
    await sim.until('bob is gone', () => sim.find(UserKind, '/bob') === undefined);
    await sim.pass(5_000);
    expect(seen.rows('users').at(0)).toMatchObject({ name: 'bob', self: 0 });
    expect(seen.rows('users').at(-1)).toMatchObject({ name: 'bob', state: 'deleted' });
    expect(JSON.stringify([shown(watch), seen.rows('users')])).not.toContain('qbo_uid');
  });

  test('ends when it is refused, and not while nobody answers', async () => {
    const sim = await simulation();
    const seen = follow(await new BridgeWorld(sim).watch('get users -w'));
    sim.api.stop();
    await sim.pass(10_000);
    sim.api.start();
    await sim.pass(10_000);
    expect(seen.hasEnded()).toBe(false);
    sim.api.onRequest = () => new KubeApiError(401, 'Unauthorized', 'Unauthorized');
    await sim.pass(5_000);
    expect(seen.failure()).toMatchObject({ code: 401 });
  });

  test.each(['get clients -w', 'get networks -H -w', 'get instances -A -w'])('%s is open, and empty', async (line) => {
    const watch = await new BridgeWorld(await simulation()).watch(line);
    expect(Object.values(shown(watch))).toEqual([[]]);
  });
});
