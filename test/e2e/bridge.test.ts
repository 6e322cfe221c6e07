/** The second door, on real containers: the published session, and a second socket that sees all of it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { run } from '../../hack/console/run.ts';
import { messageViolations } from '../fixtures/asyncapi/document.ts';
import { BridgeProcess } from '../fixtures/bridge/bridge-process.ts';
import { TestClient } from '../fixtures/bridge/running-bridge.ts';
import type { Received } from '../fixtures/bridge/frames.ts';
import { Program } from '../fixtures/cli/program.ts';
import { containersOf, nameOf } from '../fixtures/operator/containers.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { inDefault } from '../fixtures/operator/objects.ts';
import { shippedUserRights } from '../fixtures/operator/rights.ts';

jest.setTimeout(400_000);

type Row = Readonly<Record<string, unknown>>;

type Kind = 'nodes' | 'pods' | 'services' | 'clusters' | 'ipvs';

const KEY = inDefault('alex');
/** Nobody's: documents have it. */
const ADDRESS = '198.51.100.78';
const PORT = 8_181;

/** Every cluster has a server of HTTP: its DNS tells whether it is ready. */
const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'dns-ready', namespace: 'kube-system' },
  spec: { type: 'LoadBalancer', selector: { 'k8s-app': 'kube-dns' }, ports: [{ name: 'ready', port: PORT }] },
};

describe('a person who types qbo', () => {
  let installation: Installation;
  let bridge: BridgeProcess;
  let program: Program;
  let watcher: TestClient;

  beforeAll(async () => {
    [installation, program] = await Promise.all([Installation.start(), Program.build()]);
    await installation.apply(...(await shippedUserRights()));
    bridge = await BridgeProcess.start(join(installation.folder, 'management.kubeconfig'));
    watcher = await TestClient.open(`ws://localhost:${String(bridge.port)}/qbo`, 'qbo', {});
    watcher.ask('get all -w');
    await watcher.until(({ code }) => code === 201);
  });

  afterAll(async () => {
    await watcher?.close();
    await bridge?.stop();
    await program?.[Symbol.asyncDispose]();
    await installation?.remove();
  });

  /** The messages that a line prints into a pipe. */
  async function qbo(line: string): Promise<readonly Row[]> {
    const { code, out, err } = await program.run(line, { QBO_PORT: String(bridge.port) });
    expect({ line, code, err }).toEqual({ line, code: 0, err: '' });
    return out
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text) as Row);
  }

  const rows = async (key: Kind | 'networks' | 'addresses', line: string): Promise<Row[]> =>
    (await qbo(line)).flatMap((message) => (message[key] as Row[] | undefined) ?? []);

  /** What the second socket was told of, of one kind. */
  const told = (key: Kind): Row[] =>
    watcher.received.flatMap((message) => [...((message[key] as readonly Row[] | undefined) ?? [])]);

  const isTold = (key: Kind, row: Row): Promise<true> =>
    installation.until<true>(`the second socket is told of ${JSON.stringify(row)}`, () =>
      Promise.resolve(told(key).some((one) => Object.entries(row).every(([field, value]) => one[field] === value))),
    );

  const logged = (line: string): Received[] => watcher.received.filter(({ command_line }) => command_line === line);

  test('gives an address to load balancers', async () => {
    const messages = await qbo(`qbo add network ${ADDRESS}`);
    expect(JSON.stringify(messages)).toContain('AddressPool host is ready.');
    expect(await rows('addresses', 'qbo get networks -H')).toMatchObject([
      { address: ADDRESS, prefixlen: 32, operstate: 'UP', used: 0 },
    ]);
  });

  test('makes a cluster and is told of its way there', async () => {
    const messages = await qbo(`qbo add cluster alex -n 2 -i ${installation.image}`);
    expect(messages.map(({ code }) => code).slice(0, 2)).toEqual([202, 201]);
    expect(messages.at(-1)).toMatchObject({ code: 200, command: 'CMD_DONE' });
    expect(JSON.stringify(messages)).toContain('Cluster alex is ready');
    expect((await installation.untilReady(KEY)).spec.workers).toBe(1);
    await isTold('clusters', { name: 'alex', state: 'ready' });
    for (const state of ['created', 'running', 'ready']) await isTold('nodes', { cluster: 'alex', state });
  });

  test('sees its nodes as the engine has them', async () => {
    const containers = await containersOf(installation.instance);
    const found = await rows('nodes', 'qbo get nodes alex');
    expect(found.map(({ id }) => id).sort()).toEqual(containers.map(({ Id }) => Id).sort());
    expect(found).toEqual(
      containers.map((container) =>
        expect.objectContaining({
          state: 'ready',
          cluster: 'alex',
          address: Object.values(container.NetworkSettings.Networks)[0]?.IPAddress,
          kernel: expect.stringMatching(/^\d+\.\d+/),
          os: expect.stringMatching(/\w/),
          name: expect.stringMatching(`^${nameOf(container)}\\.`),
        }),
      ),
    );
  });

  test('sees the pods and services inside, one row a port', async () => {
    const pods = await rows('pods', 'qbo get pods alex');
    expect(pods.filter(({ name }) => /^coredns-/.test(String(name)))).not.toEqual([]);
    expect(pods).toContainEqual(expect.objectContaining({ namespace: 'kube-system', status: 'Running', ready: 1 }));
    const dns = (await rows('services', 'qbo get services alex')).filter(({ name }) => name === 'kube-dns');
    expect(dns.map(({ port_name: name, port_number: port, protocol }) => [name, port, protocol])).toEqual(
      expect.arrayContaining([
        ['dns', 53, 'UDP'],
        ['dns-tcp', 53, 'TCP'],
      ]),
    );
    await isTold('pods', { cluster: 'alex', namespace: 'kube-system', status: 'Running' });
    await isTold('services', { cluster: 'alex', name: 'kube-dns', port_number: 53 });
  });

  test('reaches a Service at the address, and sees who answers there', async () => {
    const published = await installation.until('the API server has the address', async () => {
      const found = await rows('ipvs', 'qbo get ipvs alex');
      return found.some(({ state }) => state === 'ready') && found;
    });
    expect(published).toEqual([
      expect.objectContaining({ vip: ADDRESS, vip_port: '6443', rip_port: '6443', protocol: 't', cluster: 'alex' }),
    ]);
    expect(published[0]?.['node']).toMatch(/^control-/);
    const { apply } = await installation.workload(KEY);
    await apply(SERVICE);
    await installation.until('the Service answers', async () => {
      const answer = await fetch(`http://${ADDRESS}:${String(PORT)}/ready`, { signal: AbortSignal.timeout(2_000) });
      return answer.ok;
    });
    await isTold('ipvs', { vip: ADDRESS, vip_port: String(PORT), state: 'ready', cluster: 'alex' });
    await isTold('services', { name: 'dns-ready', external_address: ADDRESS, port_number: PORT });
    const refused = await program.run(`qbo delete network ${ADDRESS}`, { QBO_PORT: String(bridge.port) });
    expect(refused.code).toBe(6);
    expect(refused.out).toContain('is the address of LoadBalancer default/alex-api');
  });

  test('gets a kubeconfig that works, is the own and does not last, and that nobody else sees', async () => {
    const file = join(installation.folder, 'alex.cfg');
    const messages = await qbo('qbo get cluster alex -k');
    const [kubeconfig] = messages
      .flatMap(({ output }) => output as readonly { readonly kubeconfig?: string }[])
      .flatMap(({ kubeconfig: text }) => (text === undefined ? [] : [text]));
    await writeFile(file, kubeconfig ?? '', { mode: 0o600 });
    const kubectl = join(installation.folder, 'kubectl');
    const { stdout: nodes } = await run([kubectl, '--kubeconfig', file, 'get', 'nodes', '-o', 'name']);
    expect(nodes.trim().split('\n')).toHaveLength(2);
    const { stdout: who } = await run([kubectl, '--kubeconfig', file, 'auth', 'whoami', '-o', 'json']);
    expect(who).toContain('system:serviceaccount:');
    expect(JSON.stringify(watcher.received)).not.toContain('certificate-authority-data');
  });

  test('stops and starts a node, which keeps its id and its address', async () => {
    const [before] = (await rows('nodes', 'qbo get nodes alex')).filter(({ name }) => /^node-/.test(String(name)));
    const name = String(before?.['name']);
    const id = String(before?.['id']).slice(0, 8);
    await qbo(`qbo stop node ${id}`);
    await isTold('nodes', { name, state: 'exited' });
    const [container] = await containersOf(installation.instance, { 'qbo.io/role': 'worker' });
    expect(container?.State.Running).toBe(false);
    await qbo(`qbo start node ${name.split('.')[0] ?? ''}`);
    expect(await rows('nodes', 'qbo get nodes alex')).toContainEqual(
      expect.objectContaining({ name, id: before?.['id'], address: before?.['address'], state: 'ready' }),
    );
  });

  test('adds a node and deletes it; kubectl sees the one, and the other door sees what kubectl does', async () => {
    await qbo('qbo add node alex');
    expect((await installation.cluster(KEY))?.spec.workers).toBe(2);
    const workers = await installation.nodesOf(KEY, 'worker');
    expect(workers).toHaveLength(2);
    const leaving = workers[0]?.metadata.name ?? '';
    await qbo(`qbo delete node ${leaving}`);
    expect((await installation.nodesOf(KEY, 'worker')).map(({ metadata }) => metadata.name)).toEqual([
      workers[1]?.metadata.name,
    ]);
    await isTold('nodes', { name: `${leaving}.localhost`, state: 'deleted' });
    await installation.kubectl('scale', 'cluster', 'alex', '--replicas=0');
    await isTold('nodes', { name: `${workers[1]?.metadata.name ?? ''}.localhost`, state: 'deleted' });
  });

  test('deletes the cluster, and nothing is left of it', async () => {
    await qbo('qbo delete cluster alex');
    expect(await installation.kube.get(ClusterKind, KEY, AbortSignal.timeout(30_000))).toBeUndefined();
    expect(await installation.residue()).toEqual([]);
    await isTold('clusters', { name: 'alex', state: 'deleted' });
    await isTold('ipvs', { vip: ADDRESS, vip_port: String(PORT), state: 'deleted' });
  });

  test('takes the address back, and the host has it no more', async () => {
    await qbo(`qbo delete network ${ADDRESS}`);
    expect(await rows('addresses', 'qbo get networks -H')).toEqual([]);
    expect((await run(['ip', 'addr', 'show'])).stdout).not.toContain(`${ADDRESS}/`);
  });

  test('is seen by the second socket in all that was typed, in the words of the document', () => {
    for (const line of ['qbo get nodes alex', 'qbo add node alex', 'qbo delete cluster alex']) {
      expect(logged(line).map(({ code }) => code)).toEqual(expect.arrayContaining([202, 201, 200]));
    }
    const violationsOf = messageViolations();
    expect(watcher.received.flatMap((message) => violationsOf(message))).toEqual([]);
  });
});
