import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { runBridge } from '../../../api/assemble.ts';
import { readConfig } from '../../../api/config.ts';
import { bridgeParts } from '../../../api/parts.ts';
import { SecretType } from '../../../controllers/kube/kinds.ts';
import { silentLogger } from '../../../controllers/runtime/log.ts';
import { newKey } from '../../fixtures/accounts/proofs.ts';
import { serviceAccount } from '../../fixtures/api-server/index.ts';
import { freePorts } from '../../fixtures/api-server/ports.ts';
import { ended, Program } from '../../fixtures/cli/program.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import { BRIDGE_ACCOUNT, shippedBridgeRights, shippedUserRights } from '../../fixtures/operator/rights.ts';

/*
 * People with the shipped command line and the cli.json that the operator has made for them, at a bridge that asks who they
 * are, on a real API server with the shipped rights. Only containers are in memory.
 */

jest.setTimeout(180_000);

const { signal } = new AbortController();
const BRIDGE = serviceAccount(BRIDGE_ACCOUNT.namespace, BRIDGE_ACCOUNT.name);
const PERSON = { name: 'oidc:alice' };

const manifest = (name: string, spec: object = {}) => ({
  apiVersion: 'qbo.io/v1alpha1',
  kind: 'User',
  metadata: { name },
  spec: { email: `${name}@example.com`, ...spec },
});

const stop = new AbortController();
let installation: MemoryInstallation;
let program: Program;
let folder: string;
let port: number;
let running: Promise<void>;

beforeAll(async () => {
  const objects = [...(await shippedUserRights()), ...(await shippedBridgeRights())];
  installation = await MemoryInstallation.start({ objects, users: [BRIDGE, PERSON] });
  installation.run();
  folder = await mkdtemp(join(tmpdir(), 'qbo-bridge-'));
  [port = 0] = await freePorts(1);
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, installation.server.kubeconfigOf(BRIDGE.name), { mode: 0o600 });
  const config = readConfig({ KUBECONFIG: kubeconfig, QBO_API_AUTH: 'accounts', QBO_API_PORT: port.toString() });
  const asyncapi = await readFile(join(import.meta.dirname, '../../../api/asyncapi.yaml'), 'utf8');
  const log = silentLogger;
  running = runBridge(
    { config, asyncapi, log },
    (shared, until) => bridgeParts({ config, log }, shared, until),
    stop.signal,
  );
  program = await Program.build();
  await installation.apply(
    manifest('alice', { kubernetesUsers: [PERSON.name] }),
    manifest('bob'),
    manifest('root', { role: 'admin' }),
  );
  await installation.kubectl('wait', '--for=condition=Ready', 'users', '--all', '--timeout=60s');
  await eventually('the bridge is ready', async () => (await fetch(`${url()}/readyz`)).ok, { timeoutMs: 30_000 });
}, 120_000);

afterAll(async () => {
  stop.abort(new Error('The test is over'));
  await running;
  await program?.[Symbol.asyncDispose]();
  await installation?.remove();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

const url = (): string => `http://127.0.0.1:${port.toString()}`;

/** What is in the user's Secret, for this bridge. */
async function fileOf(name: string): Promise<Record<string, unknown>> {
  const key = { namespace: `qbo-${name}`, name: `${name}-cli` };
  const secret = await installation.kube.get(SecretType, key, signal);
  const text = Buffer.from(secret?.data?.['cli.json'] ?? '', 'base64').toString();
  return { ...(JSON.parse(text) as object), qbo_host: '127.0.0.1', qbo_port: port };
}

const PLAIN = { QBO_SSL: '0' };

async function qbo(as: object, line: string) {
  await program.configure(as);
  return program.run(`qbo ${line} | cat; exit \${PIPESTATUS[0]}`, PLAIN);
}

/** All rows of a kind in what was printed: one JSON document a message. */
const rowsOf = (out: string, kind: string): Record<string, unknown>[] =>
  [...out.matchAll(/^\{[^]*?^\}$|^\{.*\}$/gm)].flatMap(([text]) => {
    const found = (JSON.parse(text) as Record<string, unknown>)[kind];
    return Array.isArray(found) ? (found as Record<string, unknown>[]) : [];
  });

test('a user is known by the cli.json that was made for them, and works in their own namespace', async () => {
  const alice = await fileOf('alice');
  const { out, err, code } = await qbo(alice, 'get users');
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(rowsOf(out, 'users')).toMatchObject([{ name: 'alice', email: 'alice@example.com', self: 1, type: 0 }]);

  const added = await qbo(alice, 'add cluster dev -n 1');
  expect({ code: added.code, err: added.err }).toMatchObject({ code: 0 });
  expect(
    await installation.kubectl('get', 'clusters', '-A', '--no-headers', '-o', 'custom-columns=N:.metadata.namespace'),
  ).toBe('qbo-alice');
  const { out: clusters } = await qbo(alice, 'get clusters');
  expect(rowsOf(clusters, 'clusters')).toMatchObject([{ name: 'dev', user: 'alice@example.com' }]);
});

test('others neither see nor touch what is theirs, and an administrator sees it all', async () => {
  const bob = await fileOf('bob');
  expect(rowsOf((await qbo(bob, 'get clusters -A')).out, 'clusters')).toEqual([]);
  expect((await qbo(bob, 'delete cluster dev')).code).not.toBe(0);
  expect((await qbo(bob, 'add user mallory --admin')).code).not.toBe(0);
  expect(await installation.kubectl('get', 'users', '-o', 'name')).not.toContain('mallory');

  const root = await fileOf('root');
  expect(rowsOf((await qbo(root, 'get clusters -A')).out, 'clusters')).toMatchObject([{ name: 'dev' }]);
  expect(
    rowsOf((await qbo(root, 'get users')).out, 'users')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['alice', 'bob', 'root']);
});

test('whoever has another key, or no account, is not let in, and is not told why', async () => {
  const alice = await fileOf('alice');
  const { kty, crv, x, y } = newKey();
  const answers = [];
  for (const forged of [
    { ...alice, qbo_uid: { kty, crv, x, y } },
    { ...alice, qbo_aux: (await fileOf('bob'))['qbo_aux'] },
    { ...alice, qbo_aux: randomUUID() },
    { qbo_host: '127.0.0.1', qbo_port: port, qbo_uid: randomUUID() },
  ]) {
    const { out, err, code } = await qbo(forged, 'get clusters');
    expect(out).toBe('');
    answers.push({ err, code });
  }
  expect(new Set(answers.map(({ code }) => code)).size).toBe(1);
  expect(answers[0]?.code).not.toBe(0);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

test('whoever logs in on the web is the same user, until they log out', async () => {
  const { users } = JSON.parse(installation.server.kubeconfigOf(PERSON.name)) as {
    users: { user: { token: string } }[];
  };
  const headers = { authorization: `Bearer ${users[0]?.user.token ?? ''}` };
  const response = await fetch(`${url()}/login`, { method: 'POST', headers });
  expect(response.status).toBe(200);
  const [, token = ''] = /qbo_uid=([^;]+)/.exec(response.headers.getSetCookie()[0] ?? '') ?? [];
  const session = { qbo_host: '127.0.0.1', qbo_port: port, qbo_uid: token };
  expect(rowsOf((await qbo(session, 'get clusters')).out, 'clusters')).toMatchObject([{ name: 'dev' }]);
  await fetch(`${url()}/logout`, { method: 'POST', headers: { cookie: `qbo_uid=${token}` } });
  await eventually('the session is over', async () => (await qbo(session, 'get clusters')).code !== 0, {
    timeoutMs: 20_000,
  });
});

test('a rotation ends what is open, and the file of before is good for nothing', async () => {
  const before = await fileOf('alice');
  await program.configure(before);
  const watching = program.start('exec qbo get clusters -w', PLAIN);
  await new Promise((resolve) => watching.stdout?.once('data', resolve));
  const end = ended(watching);
  await installation.kubectl('patch', 'user', 'alice', '--type=merge', '-p', '{"spec":{"credentials":{"rotation":1}}}');
  const timeout = setTimeout(() => watching.kill(), 60_000);
  expect((await end).code).not.toBe(0);
  clearTimeout(timeout);
  expect((await qbo(before, 'get clusters')).code).not.toBe(0);
  const isNew = async () => (await fileOf('alice'))['qbo_aux'] !== before['qbo_aux'];
  await eventually('there is a new file', isNew, { timeoutMs: 20_000 });
  expect((await qbo(await fileOf('alice'), 'get clusters')).code).toBe(0);
});
