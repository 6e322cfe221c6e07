import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ensureKube } from '../../../hack/node-image/go-binaries.ts';
import { startApiServer } from '../../fixtures/api-server/index.ts';
import type { ApiServer } from '../../fixtures/api-server/index.ts';
import { installDefinitions } from '../../fixtures/operator/definitions.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { kubectlOn } from '../../fixtures/operator/kubectl.ts';
import type { KubectlCommands } from '../../fixtures/operator/kubectl.ts';

jest.setTimeout(180_000);

const POLICY = join(import.meta.dirname, '..', '..', '..', 'manifests', 'install', 'last-control-plane.yaml');
const REFUSAL = /Node control-1 is the only control plane of cluster dev, .* kubectl delete cluster dev -n /;

/** With a garbage collector and a namespace controller, whose own deletions must go through. */
describe('the policy that keeps the last control plane', () => {
  let server: ApiServer;
  let folder: string;
  let commands: KubectlCommands;
  let namespace = '';
  let made = 0;

  beforeAll(async () => {
    server = await startApiServer({ controllerManager: true });
    folder = await mkdtemp(join(tmpdir(), 'qbo-policy-'));
    await writeFile(join(folder, 'kubeconfig'), server.kubeconfig, { mode: 0o600 });
    await symlink(await ensureKube(), join(folder, 'kubectl'));
    commands = kubectlOn(join(folder, 'kubeconfig'), join(folder, 'kubectl'));
    await installDefinitions(commands.kubectl);
    await commands.kubectl('apply', '--server-side', '-f', POLICY);
  });

  afterAll(async () => {
    await server?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  const kubectl = (...args: readonly string[]): Promise<string> => commands.kubectl('-n', namespace, ...args);

  const node = async (name: string, role: string, { uid = '', isBootstrapped = true, cluster = 'dev' } = {}) => {
    const owner = { apiVersion: 'qbo.io/v1alpha1', kind: 'Cluster', name: cluster, uid, controller: true };
    const metadata = { name, namespace, ...(uid !== '' && { ownerReferences: [owner] }) };
    await commands.apply({ apiVersion: 'qbo.io/v1alpha1', kind: 'Node', metadata, spec: { cluster, role } });
    if (!isBootstrapped) return;
    const condition = { type: 'Bootstrapped', status: 'True', reason: 'Ready', message: '' };
    const status = { conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] };
    await kubectl('patch', 'qn', name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
  };

  const cluster = async (finalizers: readonly string[] = []): Promise<string> => {
    const metadata = { name: 'dev', namespace, finalizers };
    await commands.apply({ apiVersion: 'qbo.io/v1alpha1', kind: 'Cluster', metadata, spec: {} });
    return kubectl('get', 'cluster', 'dev', '-o', 'jsonpath={.metadata.uid}');
  };

  const untilGone = (what: string): Promise<true> =>
    eventually<true>(
      `${what} is gone`,
      async () => (await kubectl('get', what, '--ignore-not-found', '-o', 'name')) === '',
      { timeoutMs: 60_000 },
    );

  /** The server learns of a new policy, and of a new Cluster, a moment later. */
  const untilRefused = (): Promise<true> =>
    eventually<true>(
      'the deletion of the control plane is refused',
      async () => {
        const answer = await kubectl('delete', 'qn', 'control-1', '--dry-run=server').catch(String);
        if (REFUSAL.test(answer)) return true;
        throw new Error(answer);
      },
      { timeoutMs: 30_000 },
    );

  /** A cluster that lives: its control plane, and nothing else yet. */
  beforeEach(async () => {
    namespace = `test-${String(++made)}`;
    await commands.kubectl('create', 'namespace', namespace);
  });

  test('refuses its deletion while its cluster is to stay, and says what to do instead', async () => {
    await node('control-1', 'control-plane', { uid: await cluster() });
    await untilRefused();
    await expect(kubectl('delete', 'qn', 'control-1')).rejects.toThrow(REFUSAL);
    expect(await kubectl('get', 'qn', 'control-1', '-o', 'jsonpath={.metadata.deletionTimestamp}')).toBe('');
  });

  test('lets go of workers, of what is no control plane yet, and of one that has no cluster', async () => {
    const uid = await cluster();
    await node('control-1', 'control-plane', { uid });
    await node('worker-1', 'worker', { uid });
    await node('control-2', 'control-plane', { uid, isBootstrapped: false });
    await node('control-3', 'control-plane', { cluster: 'other' });
    await untilRefused();
    await kubectl('delete', 'qn', 'worker-1', 'control-2', 'control-3');
  });

  test('lets it go once its cluster is being deleted', async () => {
    const uid = await cluster(['qbo.io/finalizer']);
    await node('control-1', 'control-plane', { uid });
    await untilRefused();
    await kubectl('delete', 'cluster', 'dev', '--wait=false');
    await eventually('the control plane can be deleted', () => kubectl('delete', 'qn', 'control-1'), {
      timeoutMs: 30_000,
    });
    await kubectl('patch', 'cluster', 'dev', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
  });

  test('does not stand in the way of the garbage collector', async () => {
    await node('control-1', 'control-plane', { uid: await cluster() });
    await untilRefused();
    await kubectl('delete', 'cluster', 'dev', '--cascade=background');
    await untilGone('qn/control-1');
  });

  test('nor of a foreground deletion', async () => {
    await node('control-1', 'control-plane', { uid: await cluster() });
    await untilRefused();
    await kubectl('delete', 'cluster', 'dev', '--cascade=foreground');
    await untilGone('qn/control-1');
  });

  test('nor of a namespace that goes with everything in it', async () => {
    await node('control-1', 'control-plane', { uid: await cluster() });
    await untilRefused();
    await commands.kubectl('delete', 'namespace', namespace, '--timeout=60s');
    await untilGone('qn/control-1');
  });

  test('and does not keep another cluster’s of the same namespace', async () => {
    const uid = await cluster(['qbo.io/finalizer']);
    await node('control-1', 'control-plane', { uid });
    await untilRefused();
    const metadata = { name: 'other', namespace };
    await commands.apply({ apiVersion: 'qbo.io/v1alpha1', kind: 'Cluster', metadata, spec: {} });
    await kubectl('delete', 'cluster', 'dev', '--wait=false');
    await eventually('the control plane can be deleted', () => kubectl('delete', 'qn', 'control-1'), {
      timeoutMs: 30_000,
    });
    await kubectl('patch', 'cluster', 'dev', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
  });
});
