import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Caller } from '../../../api/caller.ts';
import type { Watch } from '../../../api/commands/index.ts';
import type { Payload } from '../../../api/wire/message.ts';
import { engineFacts } from '../../../controllers/engine-facts.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { silentLogger } from '../../../controllers/runtime/log.ts';
import { serviceAccount } from '../../fixtures/api-server/index.ts';
import { ADMIN, messagesIn, rowsIn } from '../../fixtures/bridge/commands.ts';
import { RealCommands } from '../../fixtures/bridge/real-commands.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import { BRIDGE_ACCOUNT, shippedBridgeRights, shippedUserRights } from '../../fixtures/operator/rights.ts';

jest.setTimeout(120_000);

const BRIDGE = serviceAccount(BRIDGE_ACCOUNT.namespace, BRIDGE_ACCOUNT.name);

const user = (name: string): Caller => ({
  name,
  email: `${name}@example.com`,
  uuid: 'ce2f30a7-1f0e-42e0-a1c5-45b287d13172',
  isAdmin: false,
  namespace: `qbo-${name}`,
  impersonate: { user: `system:serviceaccount:qbo-accounts:${name}`, groups: ['qbo:users'] },
});
const ALICE = user('alice');
const BOB = user('bob');

const person = (name: string) => ({
  apiVersion: 'qbo.io/v1alpha1',
  kind: 'User',
  metadata: { name },
  spec: { email: `${name}@example.com` },
});

let installation: MemoryInstallation;
let bridge: RealCommands;
const stop = new AbortController();

beforeAll(async () => {
  const objects = [...(await shippedUserRights()), ...(await shippedBridgeRights())];
  installation = await MemoryInstallation.start({ objects, users: [BRIDGE], controllerManager: true });
  installation.run();
  const told = engineFacts({
    kube: installation.clientAsOperator(),
    containers: installation.engine.containers(),
    clock: new SystemClock(),
    log: silentLogger,
    namespace: 'qbo-system',
  });
  void told.run(stop.signal);
  await installation.apply(person('alice'), person('bob'));
  await installation.kubectl('wait', '--for=condition=Ready', 'users', '--all', '--timeout=30s');
  bridge = new RealCommands(installation, installation.server.kubeconfigOf(BRIDGE.name));
});

afterAll(async () => {
  stop.abort(new Error('The test is over'));
  bridge?.close();
  await installation?.remove();
});

const names = async (line: string, caller: Caller) =>
  rowsIn((await bridge.run(line, caller)).sent, 'clusters').map(({ name }) => name);

describe('commands, with the rights that are shipped', () => {
  test('make, show and stop clusters in the caller’s own namespace', async () => {
    const [hers, admins] = await Promise.all([
      bridge.run('add cluster hers -n 2', ALICE),
      bridge.run('add cluster dev -n 1', ADMIN),
    ]);
    expect([hers.failure, admins.failure]).toEqual([undefined, undefined]);
    expect(messagesIn(hers.sent).at(-1)).toBe('Cluster hers is ready.');
    expect(await installation.kubectl('get', 'qc', '-n', 'qbo-alice', '-o', 'name')).toContain('cluster.qbo.io/hers');

    const stopped = await bridge.run('stop cluster hers', ALICE);
    expect(stopped.failure).toBeUndefined();
    expect(rowsIn(stopped.sent, 'nodes').filter(({ state }) => state === 'exited')).toHaveLength(2);
    expect((await bridge.run('start cluster hers', ALICE)).failure).toBeUndefined();
  });

  test('show everything to an administrator, and to a user what is theirs', async () => {
    expect(await names('get clusters -A', ADMIN)).toEqual(['dev', 'hers']);
    expect(await names('get clusters', ADMIN)).toEqual(['dev']);
    expect(await names('get clusters -A', ALICE)).toEqual(['hers']);
    expect(await names('get clusters -A', BOB)).toEqual([]);
    const { sent } = await bridge.run('get clusters -A', ADMIN);
    expect(rowsIn(sent, 'clusters').map((row) => row['user'])).toEqual(['local@localhost', 'alice@example.com']);
  });

  test('find nothing of others, whose names they do not even tell', async () => {
    for (const line of [
      'get cluster hers',
      'delete cluster qbo-alice/hers',
      'stop cluster qbo-alice/hers',
      'get pods hers',
    ]) {
      const { failure } = await bridge.run(line, BOB);
      expect(failure).toMatchObject({ code: 404, message: expect.stringContaining('You have none') });
    }
    const uid = await installation.kubectl('get', 'qc/hers', '-n', 'qbo-alice', '-o', 'jsonpath={.metadata.uid}');
    expect((await bridge.run(`delete cluster ${uid}`, BOB)).failure).toMatchObject({ code: 404 });
  });

  test('are refused in the API server’s own words', async () => {
    const { failure } = await bridge.run('add user mallory', ALICE);
    expect(failure).toMatchObject({ code: 403 });
    expect(failure?.message).toContain(
      'users.qbo.io is forbidden: User "system:serviceaccount:qbo-accounts:alice" cannot create resource "users"',
    );
    expect((await bridge.run('delete user bob', ALICE)).failure).toMatchObject({ code: 403 });
    const invalid = await bridge.run(`add cluster ok -d ${'long.'.repeat(20)}example`, ALICE);
    expect(invalid.failure).toMatchObject({ code: 422, message: expect.stringContaining("not a cluster's domain") });
  });

  test('give a user their own kubeconfig, and nobody else’s', async () => {
    const { sent, failure } = await bridge.run('get cluster hers -k', ALICE);
    expect(failure).toBeUndefined();
    const [{ kubeconfig } = { kubeconfig: '' }] = rowsIn<{ kubeconfig: string }>(sent, 'output');
    expect(kubeconfig).toContain('token-of.kube-system.qbo-alice');
    expect((await bridge.run('get cluster hers -k', BOB)).failure).toMatchObject({ code: 404 });
  });

  test('know what the engine has, whoever asks', async () => {
    const images = async () => rowsIn((await bridge.run('get images -A', BOB)).sent, 'images').length > 0;
    await eventually('the engine is told of', images, { timeoutMs: 30_000 });
    expect(rowsIn((await bridge.run('version', ALICE)).sent, 'version')).toMatchObject([
      { docker: expect.stringMatching(/^\d/), qbo: 'api:test' },
    ]);
  });

  test('make users, whom they give their keys, and remove them', async () => {
    const { sent, failure } = await bridge.run('add user carol@example.com', ADMIN);
    expect(failure).toBeUndefined();
    expect(rowsIn(sent, 'users')).toMatchObject([{ name: 'carol', cli: { conf: { qbo_user: 'carol@example.com' } } }]);
    expect(await names('get clusters', user('carol'))).toEqual([]);
    expect((await bridge.run('delete user carol', ADMIN)).failure).toBeUndefined();
    expect(rowsIn((await bridge.run('get users -A', ADMIN)).sent, 'users').map(({ name }) => name)).not.toContain(
      'carol',
    );
  });
});

describe('load balancing, with the rights that are shipped', () => {
  const ipvs = async (line: string, caller: Caller) =>
    rowsIn((await bridge.run(line, caller)).sent, 'ipvs').map(({ vip, vip_port: port, cluster }) => [
      vip,
      port,
      cluster,
    ]);
  const addresses = async () =>
    rowsIn((await bridge.run('get networks -H', ADMIN)).sent, 'addresses').map(({ address, used }) => [address, used]);

  test('addresses are given and taken back by administrators alone', async () => {
    for (const line of ['add network 198.51.100.1', 'delete network 198.51.100.1', 'get networks -H']) {
      const { failure } = await bridge.run(line, ALICE);
      expect(failure).toMatchObject({
        code: 403,
        message: expect.stringContaining('addresspools.qbo.io is forbidden'),
      });
    }
    expect((await bridge.run('add network 198.51.100.1 198.51.100.8/30', ADMIN)).failure).toBeUndefined();
    expect((await bridge.run('delete network 198.51.100.9', ADMIN)).failure).toBeUndefined();
    expect(await addresses()).toEqual([
      ['198.51.100.1', expect.any(Number)],
      ['198.51.100.8', expect.any(Number)],
      ['198.51.100.10', 0],
    ]);
    const again = await bridge.run('add network 198.51.100.11', ADMIN);
    expect(again.failure).toMatchObject({ code: 409, message: expect.stringContaining('in AddressPool host already') });
  });

  test('what is balanced is shown to whose it is, and to administrators', async () => {
    const published = async () => (await ipvs('get ipvs -A', ADMIN)).length === 2;
    await eventually('both API servers have an address', published, { timeoutMs: 30_000 });
    const hers = await ipvs('get ipvs -A', ALICE);
    expect(hers).toEqual([[expect.stringMatching(/^198\.51\.100\./), '6443', 'hers']]);
    expect(await ipvs('get ipvs -A', BOB)).toEqual([]);
    expect((await bridge.run(`get ipvs ${String(hers[0]?.[0])}`, BOB)).failure).toMatchObject({ code: 404 });
    const taken = await bridge.run(`delete network ${String(hers[0]?.[0])}`, ADMIN);
    expect(taken.failure).toMatchObject({
      code: 409,
      message: expect.stringContaining('is the address of LoadBalancer qbo-alice/hers-api'),
    });
  });
});

describe('streams, with the rights that are shipped', () => {
  interface Seen {
    readonly payloads: Payload[];
    readonly ended: Promise<unknown>;
  }

  function follow(watch: Watch, signal: AbortSignal): Seen {
    const payloads: Payload[] = [];
    const read = async (): Promise<unknown> => {
      try {
        for await (const payload of watch.changes(signal)) payloads.push(payload);
        return undefined;
      } catch (error) {
        return error;
      }
    };
    return { payloads, ended: read() };
  }

  const rows = (payloads: readonly Payload[], key: string) =>
    payloads.flatMap((payload) => (payload as unknown as Record<string, Record<string, unknown>[]>)[key] ?? []);

  test('tell what kubectl changes, and of nothing that is others’', async () => {
    const until = new AbortController();
    const watch = await bridge.watch('get all -w', ALICE, until.signal);
    expect(rows(watch.snapshot(), 'clusters').map(({ name }) => name)).toEqual(['hers']);
    const seen = follow(watch, until.signal);
    await installation.kubectl('scale', 'qc/dev', '--replicas=1');
    await installation.kubectl('scale', 'qc/hers', '-n', 'qbo-alice', '--replicas=2');
    const hasNew = () => Promise.resolve(rows(seen.payloads, 'nodes').some(({ state }) => state === 'ready'));
    await eventually('the new node is ready', hasNew, { timeoutMs: 30_000 });
    expect(rows(seen.payloads, 'nodes').every((row) => row['cluster'] === 'hers')).toBe(true);
    until.abort(new Error('enough'));
    expect(await seen.ended).toBeUndefined();
  });

  test('of everything are an administrator’s, and of a namespace anybody else’s', async () => {
    const until = new AbortController();
    const all = await bridge.watch('get clusters -A -w', ADMIN, until.signal);
    const none = await bridge.watch('get clusters -A -w', BOB, until.signal);
    expect(rows(all.snapshot(), 'clusters').map(({ name }) => name)).toEqual(['dev', 'hers']);
    expect(rows(none.snapshot(), 'clusters')).toEqual([]);
    until.abort(new Error('enough'));
    const stranger = { ...BOB, impersonate: { ...BOB.impersonate, user: 'system:serviceaccount:qbo-accounts:nobody' } };
    await expect(bridge.watch('get nodes -w', stranger, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      code: 403,
    });
  });

  test('end within seconds when the right is revoked', async () => {
    const until = new AbortController();
    const seen = follow(await bridge.watch('get all -w', ALICE, until.signal), until.signal);
    await installation.kubectl('patch', 'user/alice', '--type=merge', '-p', '{"spec":{"access":"Revoked"}}');
    expect(await seen.ended).toMatchObject({ code: 403 });
    expect((await bridge.run('get clusters', ALICE)).failure).toMatchObject({
      code: 403,
      message: expect.stringContaining('.qbo.io is forbidden: User "system:serviceaccount:qbo-accounts:alice"'),
    });
    until.abort(new Error('enough'));
  });
});
