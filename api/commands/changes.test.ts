import { beforeEach, describe, expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { NodeKind } from '../../crds/node.ts';
import { ADMIN, ALICE, BridgeWorld, messagesIn, rowsIn } from '../../test/fixtures/bridge/commands.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';

const ready = () => simulation({ clusters: [cluster('dev', { workers: 2 })] }).then((sim) => sim.settled());

describe('add cluster', () => {
  test('tells of every step once, and ends when the cluster is Ready', async () => {
    const sim = await simulation();
    const { sent, failure } = await new BridgeWorld(sim).run('add cluster dev');
    expect(failure()).toBeUndefined();
    expect(sim.ready('dev')).toBe(true);
    const messages = messagesIn(sent);
    expect(messages.at(-1)).toBe('Cluster dev is ready.');
    expect(messages).toContainEqual(expect.stringMatching(/^Cluster dev: ControlPlaneStarting: /));
    expect(messages).toEqual([...new Set(messages)]);
    const states = rowsIn(sent, 'clusters').map(({ state }) => state);
    expect([...new Set(states)]).toEqual(['created', 'running', 'ready']);
    const readyNodes = rowsIn(sent, 'nodes').filter(({ state }) => state === 'ready');
    expect(readyNodes.map(({ type }) => type)).toEqual([0, 1, 1]);
  });

  test('makes several side by side, and writes as whoever asks', async () => {
    const sim = await simulation();
    const world = new BridgeWorld(sim);
    const { sent, failure } = await world.run('add cluster kubeflow_v1 prod -n 1 -d lab.example.com', ALICE);
    expect(failure()).toBeUndefined();
    for (const name of ['kubeflow-v1', 'prod']) {
      expect(sim.cluster(`qbo-alice/${name}`).spec).toMatchObject({ workers: 0, domain: 'lab.example.com' });
      expect(messagesIn(sent)).toContain(`Cluster ${name} is ready.`);
    }
    expect(sim.api.writes().filter((write) => write.startsWith('create Cluster'))).toEqual([
      'create Cluster qbo-alice/kubeflow-v1 by system:serviceaccount:qbo-accounts:alice',
      'create Cluster qbo-alice/prod by system:serviceaccount:qbo-accounts:alice',
    ]);
    expect(rowsIn(sent, 'nodes').every(({ user }) => user === 'alice@example.com')).toBe(true);
  });

  test('of a name that is taken is a conflict, and keeps no other back', async () => {
    const sim = await ready();
    const { failure } = await new BridgeWorld(sim).run('add cluster dev prod -n 1');
    expect(failure()).toMatchObject({ code: 409, message: expect.stringContaining('qbo delete cluster dev') });
    expect(sim.ready('prod')).toBe(true);
  });

  test('takes an image by the name that QBO gives it', async () => {
    const sim = await simulation();
    await new BridgeWorld(sim).run('add cluster dev -n 1 -i hub.docker.com/kindest/node:v1.35.4');
    expect(sim.cluster('dev').spec.image).toBe('kindest/node:v1.35.4');
    expect(sim.ready('dev')).toBe(true);
  });

  test('ends when the cluster can not get there, with its own sentence', async () => {
    const sim = await simulation();
    const { failure } = await new BridgeWorld(sim).run('add cluster dev -i example.com/nothing:v1');
    expect(failure()).toMatchObject({
      code: 503,
      message: expect.stringContaining('Cluster dev: Image example.com/nothing:v1 is not on the engine'),
    });
  });

  test('that the API server refuses ends with its own reason', async () => {
    const sim = await simulation();
    const { failure } = await new BridgeWorld(sim).run(`add cluster dev -d ${'long.'.repeat(20)}example`);
    expect(failure()).toMatchObject({ code: 422, message: expect.stringContaining("not a cluster's domain") });
    expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
  });

  test('ends when somebody deletes the cluster meanwhile', async () => {
    const sim = await simulation();
    const run = new BridgeWorld(sim).start('add cluster dev');
    await sim.pass(2_000);
    await sim.user.delete(ClusterKind, 'dev');
    await sim.until('the command ends', () => run.isOver());
    expect(run.failure()).toMatchObject({ code: 409, message: expect.stringContaining('is being deleted') });
  });

  test('whose socket closes stops telling, and the cluster is made all the same', async () => {
    const sim = await simulation();
    const run = new BridgeWorld(sim).start('add cluster dev');
    run.ended.catch(() => undefined);
    await sim.pass(1_000);
    run.close();
    await expect(run.ended).rejects.toThrow('The socket has closed');
    const told = run.sent.length;
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
    expect(run.sent).toHaveLength(told);
  });

  test('that is not to wait ends at once', async () => {
    const sim = await simulation();
    const { sent } = await new BridgeWorld(sim).run('add cluster dev --no-wait');
    expect(sim.ready('dev')).toBe(false);
    expect(messagesIn(sent)).toEqual(['Cluster dev: the change is recorded, and is not waited for.']);
  });
});

describe('power', () => {
  test.each([
    ['stop', 'start', 'Stopped', 'exited'],
    ['pause', 'resume', 'Paused', 'paused'],
  ] as const)('%s and %s a cluster end when its containers do so', async (off, on, power, state) => {
    const sim = await ready();
    const world = new BridgeWorld(sim);
    const { sent, failure } = await world.run(`${off} cluster dev`);
    expect(failure()).toBeUndefined();
    expect(sim.cluster('dev').status?.power).toBe(power);
    expect(rowsIn(sent, 'nodes').filter((row) => row['state'] === state)).toHaveLength(3);
    expect((await world.run(`${on} cluster dev`)).failure()).toBeUndefined();
    expect(sim.ready('dev')).toBe(true);
    expect(sim.cluster('dev').spec).toMatchObject({ power: 'Running', workers: 2 });
  });

  test('stop and start of a node leave the others alone', async () => {
    const sim = await ready();
    const world = new BridgeWorld(sim);
    const [, worker] = sim.nodes('dev');
    const { sent } = await world.run(`stop node ${worker!.metadata.name}.localhost`);
    expect(sim.nodes('dev').map((node) => sim.container(node).state)).toEqual(['running', 'exited', 'running']);
    expect(rowsIn(sent, 'nodes').at(-1)).toMatchObject({ state: 'exited', kernel: '6.12.0-amd64' });
    const { failure } = await world.run(`start node ${sim.container(worker!).id.slice(0, 8)}`);
    expect(failure()).toBeUndefined();
    expect(sim.nodes('dev').map((node) => sim.container(node).state)).toEqual(['running', 'running', 'running']);
  });

  test('start cluster starts nodes that were stopped by themselves as well', async () => {
    const sim = await ready();
    const world = new BridgeWorld(sim);
    const control = sim.controlPlane('dev').metadata.name;
    await world.run(`stop node ${control}`);
    const { failure } = await world.run('start cluster dev');
    expect(failure()).toBeUndefined();
    expect(sim.controlPlane('dev').spec.power).toBe('Running');
    expect(sim.ready('dev')).toBe(true);
  });

  test('a node of a cluster that is stopped can not start, and the advice is how', async () => {
    const sim = await ready();
    const world = new BridgeWorld(sim);
    await world.run('stop cluster dev');
    const { failure } = await world.run(`start node ${sim.nodes('dev')[1]!.metadata.name}`);
    expect(failure()).toMatchObject({ code: 409, message: expect.stringContaining('qbo start cluster dev') });
  });

  test('what is so already is done at once, and nothing is written', async () => {
    const sim = await ready();
    sim.api.forgetRequests();
    const { sent } = await new BridgeWorld(sim).run('start cluster dev');
    expect(messagesIn(sent)).toEqual(['Cluster dev is ready.']);
    expect(sim.api.writes()).toEqual([]);
  });

  test('an object that is left alone ends the command, and says why', async () => {
    const sim = await ready();
    await sim.user.annotate(ClusterKind, 'dev', { 'qbo.io/paused': 'true' });
    await sim.settled();
    const { failure } = await new BridgeWorld(sim).run('stop cluster dev');
    expect(failure()).toMatchObject({ code: 409, message: expect.stringContaining('qbo.io/paused') });
    expect(sim.cluster('dev').spec.power).toBe('Stopped');
  });
});

describe('nodes', () => {
  test('add node adds as many, scale counts all', async () => {
    const sim = await ready();
    const world = new BridgeWorld(sim);
    expect((await world.run('add node dev -n 2')).failure()).toBeUndefined();
    expect(sim.workers('dev')).toHaveLength(4);
    expect((await world.run('scale cluster dev -n 2')).failure()).toBeUndefined();
    expect(sim.workers('dev')).toHaveLength(1);
    expect((await world.run('add node dev')).failure()).toBeUndefined();
    expect(sim.workers('dev')).toHaveLength(2);
    expect(sim.cluster('dev').spec.workers).toBe(2);
  });

  test('those who add at the same time add what all of them asked for', async () => {
    const sim = await ready();
    const world = new BridgeWorld(sim);
    const runs = [world.start('add node dev'), world.start('add node dev'), world.start('add node dev')];
    await sim.until('all end', () => runs.every((run) => run.isOver()));
    expect(runs.map((run) => run.failure())).toEqual([undefined, undefined, undefined]);
    expect(sim.workers('dev')).toHaveLength(5);
  });

  test('delete node takes this very worker, and no other comes in its place', async () => {
    const sim = await ready();
    const [oldest, other] = sim.workers('dev');
    const { sent, failure } = await new BridgeWorld(sim).run(`delete node ${oldest!.metadata.name}`);
    expect(failure()).toBeUndefined();
    expect(messagesIn(sent).at(-1)).toBe(`Node ${oldest!.metadata.name} is deleted.`);
    await sim.settled();
    expect(sim.workers('dev').map(({ metadata }) => metadata.uid)).toEqual([other!.metadata.uid]);
    expect(sim.cluster('dev').spec.workers).toBe(1);
    expect(sim.ready('dev')).toBe(true);
  });

  test('delete of several workers lowers the number by as many', async () => {
    const sim = await ready();
    const names = sim.workers('dev').map(({ metadata }) => metadata.name);
    const { failure } = await new BridgeWorld(sim).run(`delete node ${names.join(' ')}`);
    expect(failure()).toBeUndefined();
    await sim.settled();
    expect(sim.workers('dev')).toEqual([]);
    expect(sim.cluster('dev').spec.workers).toBe(0);
  });

  test('a worker that somebody declared leaves spec.workers as it is', async () => {
    const sim = await ready();
    const { apiVersion, kind } = NodeKind;
    await sim.user.apply({
      apiVersion,
      kind,
      metadata: { name: 'extra', namespace: 'default' },
      spec: { cluster: 'dev' },
    } as never);
    await sim.settled();
    expect((await new BridgeWorld(sim).run('delete node extra')).failure()).toBeUndefined();
    expect(sim.cluster('dev').spec.workers).toBe(2);
    expect(sim.workers('dev')).toHaveLength(2);
  });
});

describe('delete cluster', () => {
  test('ends when nothing is left', async () => {
    const sim = await ready();
    const { sent, failure } = await new BridgeWorld(sim).run('delete cluster dev');
    expect(failure()).toBeUndefined();
    expect(sim.residue()).toEqual([]);
    expect(messagesIn(sent).at(-1)).toBe('Cluster dev is deleted.');
    expect(rowsIn(sent, 'nodes').filter(({ state }) => state === 'deleted')).toHaveLength(3);
    expect(rowsIn(sent, 'clusters').at(-1)).toMatchObject({ state: 'deleted' });
  });

  test('-A deletes what is in the caller’s own namespace, and tells what else there is', async () => {
    const sim = await simulation({
      clusters: [cluster('dev', { workers: 0 }), cluster('hers', { workers: 0 }, { namespace: 'qbo-alice' })],
    }).then((begun) => begun.settled());
    const { sent } = await new BridgeWorld(sim).run('delete clusters -A');
    expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
    expect(sim.ready('qbo-alice/hers')).toBe(true);
    expect(messagesIn(sent)).toContainEqual(expect.stringContaining('qbo-alice/hers is left alone'));
  });

  test('a cluster of another namespace is found by both names, or by its id', async () => {
    const sim = await simulation({
      clusters: [
        cluster('one', { workers: 0 }, { namespace: 'qbo-alice' }),
        cluster('two', { workers: 0 }, { namespace: 'qbo-alice' }),
      ],
    }).then((begun) => begun.settled());
    const world = new BridgeWorld(sim);
    expect((await world.run('delete cluster one')).failure()).toMatchObject({
      code: 404,
      message: expect.stringContaining('Did you mean qbo-alice/one?'),
    });
    const short = sim.cluster('qbo-alice/two').metadata.uid.slice(0, 8);
    expect((await world.run(`delete cluster qbo-alice/one ${short}`)).failure()).toBeUndefined();
    expect(sim.residue()).toEqual([]);
  });
});

describe('the API server', () => {
  test.each([
    [403, 'Forbidden', 'clusters.qbo.io "dev" is forbidden: User "alice" cannot patch it'],
    [429, 'TooManyRequests', 'too many requests'],
    [500, 'InternalError', 'etcd is away'],
  ])('that answers %i is told with its own words', async (code, reason, message) => {
    const sim = await ready();
    sim.api.onRequest = (verb, { kind }, _, user) =>
      verb === 'patch' && kind === 'Cluster' && user === ADMIN.impersonate.user
        ? new KubeApiError(code, reason, message)
        : undefined;
    const { failure } = await new BridgeWorld(sim).run('stop cluster dev');
    expect(failure()).toMatchObject({ code, message: expect.stringContaining(`Cluster dev: ${message}.`) });
  });

  test('that is away fails what is asked now, and holds up what is waited for', async () => {
    const sim = await simulation();
    const world = new BridgeWorld(sim);
    const run = world.start('add cluster dev');
    await sim.pass(1_000);
    sim.api.stop();
    await sim.pass(5_000);
    expect((await world.run('get clusters')).failure()).toMatchObject({ code: 503 });
    sim.api.start();
    await sim.until('the cluster is made', () => run.isOver());
    expect(run.failure()).toBeUndefined();
    expect(sim.ready('dev')).toBe(true);
  });
});

describe('what does not exist yet', () => {
  let world: BridgeWorld;
  beforeEach(async () => {
    world = new BridgeWorld(await simulation());
  });

  test.each(['get acme -A', 'add instance a', 'resize shell -c 80 -r 25'])('%s says so', async (line) => {
    expect((await world.run(line)).failure()).toMatchObject({ code: 501 });
  });

  test.each([
    ['get ipvs -A', { ipvs: [] }],
    ['get networks -H', { addresses: [] }],
    ['get instances -A', { instances: [] }],
  ])('%s is an empty list', async (line, payload) => {
    expect((await world.run(line)).sent.map((sent) => sent.payload)).toEqual([payload]);
  });
});
