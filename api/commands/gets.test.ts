import { describe, expect, test } from '@jest/globals';
import { ADMIN, ALICE, BridgeWorld, messagesIn, rowsIn } from '../../test/fixtures/bridge/commands.ts';
import { cluster, person } from '../../test/fixtures/world/objects.ts';
import { simulation, type Simulation } from '../../test/fixtures/world/simulation.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import { PodType, ServiceType, type Pod, type Service } from '../../controllers/kube/kinds.ts';
import { payloadSchemas, type PayloadKey } from '../wire/message.ts';

const { signal } = new AbortController();

const begin = (...clusters: ReturnType<typeof cluster>[]): Promise<Simulation> =>
  simulation({ clusters }).then((sim) => sim.settled());

/** Whoever is no administrator may see their own namespace alone, as the shipped roles have it. */
function onlyOwn(sim: Simulation): void {
  sim.api.onRequest = (verb, { plural, kind }, { namespace }, user) => {
    const isAlice = user === ALICE.impersonate.user;
    const isHers = namespace === ALICE.namespace;
    return isAlice && !isHers
      ? new KubeApiError(403, 'Forbidden', `${plural} is forbidden: User "${user}" cannot ${verb} ${kind}`)
      : undefined;
  };
}

async function runPods(sim: Simulation, name: string): Promise<void> {
  const inside = sim.inside(name).client('kubelet');
  const node = sim.kubeNodes(name).at(-1)?.metadata.name ?? '';
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { nodeName: node, containers: [{ name: 'web' }] },
  };
  await inside.create(PodType, pod, signal);
  const status = {
    phase: 'Running',
    podIP: '10.244.1.9',
    containerStatuses: [{ name: 'web', ready: true, restartCount: 0, state: { running: {} } }],
  };
  await inside.apply(
    PodType,
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default' }, status },
    { fieldManager: 'kubelet', subresource: 'status' },
    signal,
  );
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      type: 'NodePort',
      clusterIP: '10.96.1.1',
      ports: [
        { name: 'http', port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' },
        { name: 'https', port: 443, targetPort: 'tls', nodePort: 30443, protocol: 'TCP' },
      ],
    },
  };
  await inside.create(ServiceType, service, signal);
}

describe('rows', () => {
  test('have every field that is documented, with values of the world', async () => {
    const sim = await begin(cluster('dev', { workers: 1, domain: 'lab.example.com' }));
    await runPods(sim, 'dev');
    const { sent, failure } = await new BridgeWorld(sim).run('get all');
    expect(failure()).toBeUndefined();
    for (const { payload } of sent) {
      const [key, rows] = Object.entries(payload)[0]!;
      payloadSchemas[key as PayloadKey].parse(rows);
    }
    const { uid } = sim.cluster('dev').metadata;
    const [control, worker] = sim.nodes('dev');
    expect(rowsIn(sent, 'clusters')).toEqual([
      {
        name: 'dev',
        id: uid,
        state: 'ready',
        address: '172.18.0.3',
        control_plane: `${control!.metadata.name}.lab.example.com`,
        user: 'local@localhost',
      },
    ]);
    expect(rowsIn(sent, 'nodes')[1]).toEqual({
      name: `${worker!.metadata.name}.lab.example.com`,
      id: sim.container(worker!).id,
      image: 'kindest/node:v1.35.4',
      cluster: 'dev',
      state: 'ready',
      address: '172.18.0.4',
      os: 'Debian GNU/Linux 12 (bookworm)',
      kernel: '6.12.0-amd64',
      user: 'local@localhost',
      cluster_id: uid,
      type: 1,
    });
    expect(rowsIn(sent, 'networks')).toEqual([
      { name: 'dev', id: uid, subnet: '172.18.0.0/24', state: 'ready', user: 'local@localhost' },
    ]);
    expect(rowsIn(sent, 'pods')).toEqual([
      {
        name: 'web',
        id: expect.any(String),
        namespace: 'default',
        address: '10.244.1.9',
        status: 'Running',
        ready: 1,
        started: 1,
        node: `${worker!.metadata.name}.lab.example.com`,
        node_status: 'ready',
        cluster: 'dev',
        user: 'local@localhost',
        cluster_id: uid,
      },
    ]);
    const web = rowsIn(sent, 'services').filter(({ name }) => name === 'web');
    expect(web.map((row) => [row['port_name'], row['target_port'], row['node_port']])).toEqual([
      ['http', 8080, 30080],
      ['https', 'tls', 30443],
    ]);
  });

  test('of other namespaces are their owners’, as far as these are known', async () => {
    const sim = await simulation({
      clusters: [
        cluster('dev', { workers: 0 }),
        cluster('hers', { workers: 0 }, { namespace: 'qbo-alice' }),
        cluster('his', { workers: 0 }, { namespace: 'qbo-bob' }),
        cluster('theirs', { workers: 0 }, { namespace: 'team' }),
      ],
      before: (world) => world.user.apply(person('alice')),
    });
    const { sent } = await new BridgeWorld(sim).run('get clusters -A');
    expect(rowsIn(sent, 'clusters').map(({ name, user }) => [name, user])).toEqual([
      ['dev', 'local@localhost'],
      ['hers', 'alice@example.com'],
      ['his', 'bob'],
      ['theirs', 'team'],
    ]);
  });
});

describe('what is seen', () => {
  test('without names is one’s own namespace, and with -A all that one may see', async () => {
    const sim = await begin(
      cluster('dev', { workers: 0 }),
      cluster('hers', { workers: 0 }, { namespace: 'qbo-alice' }),
    );
    onlyOwn(sim);
    const world = new BridgeWorld(sim);
    const names = async (line: string, caller = ADMIN) =>
      rowsIn((await world.run(line, caller)).sent, 'clusters').map(({ name }) => name);
    expect(await names('get clusters')).toEqual(['dev']);
    expect(await names('get clusters -A')).toEqual(['dev', 'hers']);
    expect(await names('get clusters', ALICE)).toEqual(['hers']);
    expect(await names('get clusters -A', ALICE)).toEqual(['hers']);
    expect((await world.run('get cluster default/dev', ALICE)).failure()).toMatchObject({ code: 404 });
    expect((await world.run('get nodes dev', ALICE)).failure()).toMatchObject({
      code: 404,
      message: expect.not.stringContaining('default'),
    });
  });

  test('is named by name, host name, suffix, id, the first digits of an id, and several at once', async () => {
    const sim = await begin(cluster('dev', { workers: 1 }), cluster('prod', { workers: 0 }));
    const world = new BridgeWorld(sim);
    const [, worker] = sim.nodes('dev');
    const id = sim.container(worker!).id;
    const { name } = worker!.metadata;
    for (const word of [name, `${name}.localhost`, name.slice('node-'.length), id, id.slice(0, 8)]) {
      const { sent } = await world.run(`get nodes ${word}`);
      expect(rowsIn(sent, 'nodes').map((row) => row['id'])).toEqual([id]);
    }
    const { uid } = sim.cluster('dev').metadata;
    for (const word of ['dev', uid, uid.slice(0, 8), 'default/dev']) {
      expect(rowsIn((await world.run(`get nodes ${word}`)).sent, 'nodes')).toHaveLength(2);
      expect(rowsIn((await world.run(`get net ${word}`)).sent, 'networks')).toHaveLength(1);
    }
    expect(rowsIn((await world.run(`get nodes prod ${name} dev`)).sent, 'nodes')).toHaveLength(3);
  });

  test.each([
    ['get cluster dve', 'There is no cluster dve. Did you mean dev?'],
    ['get nodes nothing', 'There is no cluster or node nothing. There is dev.'],
    ['stop node node-12345678', 'There is no node node-12345678.'],
  ])('%s is not found, and what is near is said', async (line, message) => {
    const sim = await begin(cluster('dev', { workers: 0 }));
    const { failure } = await new BridgeWorld(sim).run(line);
    expect(failure()).toMatchObject({ code: 404, message: expect.stringContaining(message) });
  });
});

describe('what is in clusters', () => {
  test('can not be asked of one that is stopped, and is nothing when it is not named', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }), cluster('prod', { workers: 0 }));
    await runPods(sim, 'prod');
    const world = new BridgeWorld(sim);
    await world.run('stop cluster dev');
    expect((await world.run('get pods dev')).failure()).toMatchObject({
      code: 409,
      message: 'Cluster dev is stopped: nobody can ask it now. Start it: qbo start cluster dev.',
    });
    const { sent, failure } = await world.run('get pods -A');
    expect(failure()).toBeUndefined();
    expect(rowsIn(sent, 'pods').map((row) => row['cluster'])).toEqual(['prod']);
  });

  test('of a cluster that does not answer is told of within seconds, and keeps no other back', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }), cluster('prod', { workers: 0 }));
    await runPods(sim, 'prod');
    const world = new BridgeWorld(sim);
    sim.inside('dev').onRequest = (verb) =>
      verb === 'list' ? new KubeApiError(503, 'ServiceUnavailable', 'no') : undefined;
    const { sent } = await world.run('get pods -A');
    expect(rowsIn(sent, 'pods')).toHaveLength(1);
    expect(messagesIn(sent)).toEqual([expect.stringContaining('Cluster dev: no')]);
    expect((await world.run('get pods dev')).failure()).toMatchObject({ code: 503 });
  });

  test('is found by its own name too', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }), cluster('prod', { workers: 0 }));
    await runPods(sim, 'prod');
    const world = new BridgeWorld(sim);
    for (const word of ['web', 'default/web', 'prod']) {
      expect(rowsIn((await world.run(`get pods ${word}`)).sent, 'pods')).toHaveLength(1);
    }
    expect((await world.run('get pods wbe')).failure()).toMatchObject({
      code: 404,
      message: expect.stringContaining('Did you mean web?'),
    });
  });

  test('may not be asked by who may not read the kubeconfig', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }));
    sim.api.onRequest = (verb, { kind }) =>
      verb === 'get' && kind === 'Secret' ? new KubeApiError(403, 'Forbidden', 'secrets is forbidden') : undefined;
    const world = new BridgeWorld(sim);
    expect((await world.run('get pods dev')).failure()).toMatchObject({
      code: 403,
      message: expect.stringContaining('Cluster dev: secrets is forbidden.'),
    });
    expect((await world.run('get cluster dev -k')).failure()).toMatchObject({ code: 403 });
  });

  test('leaves no connection open when nobody has asked for a while', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }));
    const world = new BridgeWorld(sim);
    await world.run('get pods dev');
    expect(world.workloads.size).toBe(1);
    await sim.pass(60_000);
    expect(world.workloads.size).toBe(0);
  });
});

describe('get cluster -k', () => {
  test('gives a token of the caller’s own, to the socket that asked alone', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }, { namespace: 'qbo-alice' }));
    const { sent, failure } = await new BridgeWorld(sim).run('get cluster dev -k', ALICE);
    expect(failure()).toBeUndefined();
    const [secret, ...rest] = sent;
    expect(secret).toMatchObject({ isPrivate: true });
    const { kubeconfig } = rowsIn<{ kubeconfig: string }>([secret!], 'output')[0]!;
    expect(kubeconfig).toContain('server: https://172.18.0.3:6443');
    expect(kubeconfig).toMatch(/token: "token-of\.kube-system\.qbo-alice\./);
    expect(kubeconfig).not.toContain('client-key-data');
    expect(JSON.stringify(rest)).not.toContain('token-of');
    expect(messagesIn(rest)).toEqual([expect.stringMatching(/^The kubeconfig of cluster dev for alice ends at 2026-/)]);
  });

  test('writes into the cluster the first time only', async () => {
    const sim = await begin(cluster('dev', { workers: 0 }));
    const world = new BridgeWorld(sim);
    await world.run('get cluster dev -k');
    const inside = sim.inside('dev');
    expect(inside.writes().filter((write) => write.includes('qbo-local'))).toEqual([
      expect.stringContaining('create ServiceAccount kube-system/qbo-local'),
      expect.stringContaining('create ClusterRoleBinding qbo-local'),
      expect.stringContaining('token ServiceAccount kube-system/qbo-local'),
    ]);
    inside.forgetRequests();
    await world.run('get cluster dev -k');
    expect(inside.writes().filter((write) => write.includes('qbo-local'))).toEqual([
      expect.stringContaining('token ServiceAccount'),
    ]);
  });
});
