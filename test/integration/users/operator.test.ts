import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { RoleBindingType, SecretType } from '../../../controllers/kube/kinds.ts';
import { readAccount } from '../../../crds/account.ts';
import { UserKind } from '../../../crds/user.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import { clusterManifest } from '../../fixtures/operator/objects.ts';
import { RightsSeen, shippedUserRights, USERS_RIGHTS } from '../../fixtures/operator/rights.ts';

jest.setTimeout(120_000);

const { signal } = new AbortController();
const ALICE = { namespace: '', name: 'alice' };
const KEY = { namespace: 'qbo-accounts', name: 'alice' };

const manifest = (name: string, spec: object = {}) => ({
  apiVersion: 'qbo.io/v1alpha1',
  kind: 'User',
  metadata: { name },
  spec: { email: `${name}@example.com`, ...spec },
});

describe('the operator on a real API server, with the rights that it is shipped with', () => {
  const rights = new RightsSeen();
  let installation: MemoryInstallation;

  beforeAll(async () => {
    // Namespaces are emptied and removed by a controller of Kubernetes.
    installation = await MemoryInstallation.start({ controllerManager: true, objects: await shippedUserRights() });
    installation.run(rights.asSeen);
  });

  afterAll(async () => installation?.remove());

  const ready = (name: string) =>
    installation.kubectl('wait', '--for=condition=Ready', `user/${name}`, '--timeout=30s');
  const account = async () => {
    const secret = await installation.kube.get(SecretType, KEY, signal);
    return secret && readAccount(secret);
  };

  test('makes a User Ready, and says so in its columns', async () => {
    await installation.apply(manifest('alice', { credentials: { lifetime: '720h' } }));
    await ready('alice');
    const line = await installation.kubectl('get', 'users', 'alice', '--no-headers');
    expect(line.split(/\s+/).slice(0, 6)).toEqual(['alice', 'True', 'alice@example.com', 'user', 'qbo-alice', '0']);
    const file = await installation.kubectl(
      ...['get', 'secret', 'alice-cli', '-n', 'qbo-alice', '-o', 'jsonpath={.data.cli\\.json}'],
    );
    expect(JSON.parse(Buffer.from(file, 'base64').toString())).toMatchObject({
      qbo_aux: (await account())?.aux,
      qbo_user: 'alice@example.com',
    });
  });

  test('binds no role but the one for users', async () => {
    const kube = installation.clientAsOperator();
    const give = (role: string) =>
      kube.create(
        RoleBindingType,
        {
          apiVersion: RoleBindingType.apiVersion,
          kind: RoleBindingType.kind,
          metadata: { name: `to-${role}`, namespace: 'default' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'mallory' }],
        },
        signal,
      );
    await expect(give('cluster-admin')).rejects.toMatchObject({ code: 403 });
    await expect(give('qbo-admin')).rejects.toMatchObject({ code: 403 });
    await expect(give('qbo-user')).resolves.toBeDefined();
  });

  test('rotates the key when asked to', async () => {
    const before = await account();
    await installation.kubectl(
      'patch',
      'user',
      'alice',
      '--type=merge',
      '-p',
      '{"spec":{"credentials":{"rotation":1}}}',
    );
    const isRotated = async () => {
      const now = await account();
      return now?.rotation === 1 && now;
    };
    const after = await eventually('it is another', isRotated, { timeoutMs: 30_000 });
    expect(after.aux).not.toBe(before?.aux);
  });

  test('puts back what somebody took away', async () => {
    await installation.kubectl('delete', 'rolebinding', 'qbo-user', '-n', 'qbo-alice');
    await installation.kubectl('annotate', 'user', 'alice', 'look=again');
    const look = () => installation.kubectl('get', 'rolebinding', 'qbo-user', '-n', 'qbo-alice');
    await eventually('the binding is back', look, { timeoutMs: 30_000 });
  });

  test('takes everything away and gives it back as spec.access says', async () => {
    await installation.kubectl('patch', 'user', 'alice', '--type=merge', '-p', '{"spec":{"access":"Revoked"}}');
    await installation.kubectl(
      ...[
        'wait',
        '--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=Revoked',
        'user/alice',
        '--timeout=30s',
      ],
    );
    expect(await account()).toBeUndefined();
    expect(await installation.kubectl('get', 'secrets,rolebindings', '-n', 'qbo-alice', '-o', 'name')).toBe('');
    await installation.kubectl('patch', 'user', 'alice', '--type=merge', '-p', '{"spec":{"access":"Allowed"}}');
    await ready('alice');
  });

  test('a User with clusters is not deleted, and one without goes with everything', async () => {
    const cluster = clusterManifest('dev', { workers: 0 }) as { metadata: object };
    await installation.apply({ ...cluster, metadata: { name: 'dev', namespace: 'qbo-alice' } });
    await installation.kubectl('wait', '--for=jsonpath={.status.clusters}=1', 'user/alice', '--timeout=30s');
    await expect(installation.kubectl('delete', 'user', 'alice')).rejects.toThrow(
      'kubectl delete clusters --all -n qbo-alice',
    );
    expect(await account()).toBeDefined();

    await installation.kubectl('delete', 'clusters', '--all', '-n', 'qbo-alice', '--timeout=60s');
    await installation.kubectl('wait', '--for=jsonpath={.status.clusters}=0', 'user/alice', '--timeout=30s');
    await installation.kubectl('delete', 'user', 'alice', '--timeout=60s');
    expect(await installation.kube.get(UserKind, ALICE, signal)).toBeUndefined();
    expect(await account()).toBeUndefined();
    await expect(installation.kubectl('get', 'namespace', 'qbo-alice')).rejects.toThrow('not found');
  });

  test('was never refused anything, and has no right for Users that it does not use', () => {
    expect(rights.refused).toEqual([]);
    // Asked about by the API server itself, when a binding is written.
    const asked = 'bind rbac.authorization.k8s.io/clusterroles';
    expect(USERS_RIGHTS.filter((right) => !rights.used.has(right) && right !== asked)).toEqual([]);
  });
});
