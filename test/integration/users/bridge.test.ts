import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { accountAuthentication } from '../../../api/auth/authentication.ts';
import type { Authentication } from '../../../api/auth/authentication.ts';
import type { Caller, Impersonation } from '../../../api/caller.ts';
import { impersonatingClients } from '../../../controllers/kube/api-server.ts';
import type { KubeClient, ResourceType } from '../../../controllers/kube/client.ts';
import type { ClientsAs } from '../../../controllers/kube/impersonation.ts';
import { NamespaceType, SecretType, SelfSubjectAccessReviewType } from '../../../controllers/kube/kinds.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { silentLogger } from '../../../controllers/runtime/log.ts';
import type { KubeObject } from '../../../controllers/runtime/object.ts';
import { readAccount } from '../../../crds/account.ts';
import { AddressPoolKind } from '../../../crds/address-pool.ts';
import { ClusterKind } from '../../../crds/cluster.ts';
import { LoadBalancerKind } from '../../../crds/load-balancer.ts';
import { NetworkKind } from '../../../crds/network.ts';
import { NodeKind } from '../../../crds/node.ts';
import { UserKind } from '../../../crds/user.ts';
import { encrypted } from '../../fixtures/accounts/proofs.ts';
import { serviceAccount } from '../../fixtures/api-server/index.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import {
  BRIDGE_ACCOUNT,
  notingRights,
  rightsOf,
  shippedBridgeRights,
  shippedUserRights,
} from '../../fixtures/operator/rights.ts';

jest.setTimeout(120_000);

const { signal } = new AbortController();
const BRIDGE = serviceAccount(BRIDGE_ACCOUNT.namespace, BRIDGE_ACCOUNT.name);
/** Somebody whom the Kubernetes API knows by a token. */
const PERSON = { name: 'oidc:alice' };
const STRANGER = { name: 'oidc:mallory' };

const ALICE: Impersonation = { user: 'system:serviceaccount:qbo-accounts:alice', groups: ['qbo:users'] };
const ADMIN: Impersonation = { user: 'system:serviceaccount:qbo-accounts:root', groups: ['qbo:admins'] };
const LOCAL: Impersonation = { user: 'qbo:local', groups: ['qbo:admins'] };

const manifest = (name: string, spec: object = {}) => ({
  apiVersion: 'qbo.io/v1alpha1',
  kind: 'User',
  metadata: { name },
  spec: { email: `${name}@example.com`, ...spec },
});

/** Namespaces with what they are looked at for. */
const HOME = 'qbo-alice';
const OTHERS = ['qbo-bob', 'default', 'qbo-system', 'qbo-accounts', 'qbo-sessions', 'kube-system'];

let installation: MemoryInstallation;
let clients: ClientsAs;
let bridge: KubeClient;

beforeAll(async () => {
  const objects = [...(await shippedUserRights()), ...(await shippedBridgeRights())];
  installation = await MemoryInstallation.start({ objects, users: [BRIDGE, PERSON, STRANGER] });
  installation.run();
  await installation.apply(
    manifest('alice', { kubernetesUsers: [PERSON.name] }),
    manifest('bob'),
    manifest('root', { role: 'admin' }),
  );
  await installation.kubectl('wait', '--for=condition=Ready', 'users', '--all', '--timeout=30s');
  clients = impersonatingClients({ kubeconfig: installation.server.kubeconfigOf(BRIDGE.name) });
  bridge = installation.server.client(BRIDGE.name);
}, 120_000);

afterAll(async () => {
  clients?.close();
  await installation?.remove();
});

/** What RBAC answers: `allowed`, or `refused`. What is not there, or is not valid, was allowed. */
async function answer(question: Promise<unknown>): Promise<'allowed' | 'refused'> {
  try {
    await question;
    return 'allowed';
  } catch (error) {
    const { code } = error as { code?: number };
    if (code === 403) return 'refused';
    if (code === 404 || code === 422 || code === 409) return 'allowed';
    throw error;
  }
}

const KINDS: readonly ResourceType<KubeObject>[] = [
  ClusterKind,
  NodeKind,
  NetworkKind,
  LoadBalancerKind,
  AddressPoolKind,
  UserKind,
  SecretType,
];
const NOBODY = 'not-there';

/** `verb plural`, one by one, of what may be done in a namespace. Nothing is changed by it. */
async function mayDo(kube: KubeClient, namespace: string): Promise<string[]> {
  const asked = KINDS.flatMap((type) => {
    const key = { namespace: type.namespaced ? namespace : '', name: NOBODY };
    const invalid = {
      apiVersion: type.apiVersion,
      kind: type.kind,
      metadata: { ...key, name: 'In_valid' },
    } as KubeObject;
    const stop = AbortSignal.timeout(60_000);
    const questions: Readonly<Record<string, Promise<unknown>>> = {
      get: kube.get(type, key, stop),
      list: kube.list(type, { namespace }, stop),
      create: kube.create(type, invalid, stop),
      patch: kube.mergePatch(type, key, {}, stop),
      delete: kube.delete(type, key, {}, stop),
    };
    return Object.entries(questions).map(async ([verb, question]) => ({
      what: `${verb} ${type.plural}`,
      is: await answer(question),
    }));
  });
  return (await Promise.all(asked)).filter(({ is }) => is === 'allowed').map(({ what }) => what);
}

const all = (plural: string): string[] =>
  ['get', 'list', 'create', 'patch', 'delete'].map((verb) => `${verb} ${plural}`);
const looks = (plural: string): string[] => ['get', 'list'].map((verb) => `${verb} ${plural}`);

describe('the bridge itself', () => {
  test('sees Users and keys, makes and ends sessions, and may do nothing else', async () => {
    expect(await mayDo(bridge, 'qbo-accounts')).toEqual(['list users', 'list secrets']);
    expect(await mayDo(bridge, 'qbo-sessions')).toEqual([
      'list users',
      'list secrets',
      'create secrets',
      'delete secrets',
    ]);
    for (const namespace of [HOME, 'qbo-bob', 'default', 'qbo-system', 'kube-system']) {
      expect([namespace, await mayDo(bridge, namespace)]).toEqual([namespace, ['list users']]);
    }
    expect(await answer(bridge.list(NamespaceType, {}, signal))).toBe('refused');
    expect(await answer(bridge.list(SecretType, {}, signal))).toBe('refused');
  });

  test.each([
    ['the administrator of Kubernetes', { user: 'admin', groups: [] }],
    ['an administrator by group', { user: LOCAL.user, groups: ['system:masters'] }],
    ['an administrator by one more group', { ...LOCAL, groups: [...LOCAL.groups, 'system:masters'] }],
    ['the operator', { user: 'system:serviceaccount:qbo-system:qbo-operator', groups: [] }],
    [
      'a service account of another namespace',
      { user: 'system:serviceaccount:kube-system:alice', groups: ['qbo:users'] },
    ],
    ['a node', { user: 'system:node:one', groups: ['qbo:users'] }],
    ['any other user', { user: 'qbo:somebody', groups: ['qbo:users'] }],
    ['all service accounts', { user: LOCAL.user, groups: ['system:serviceaccounts'] }],
  ])('can not act as %s', async (_, who) => {
    const list = clients.as(who).list(ClusterKind, { namespace: 'default' }, signal);
    await expect(list).rejects.toMatchObject({ code: 403, message: expect.stringContaining('cannot impersonate') });
  });

  test('can not give itself more', async () => {
    for (const who of [ALICE, ADMIN, LOCAL]) {
      const kube = clients.as(who);
      const asked = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'].map((plural) =>
        answer(
          kube.create(
            {
              apiVersion: 'rbac.authorization.k8s.io/v1',
              kind: 'Role',
              plural,
              namespaced: !plural.startsWith('cluster'),
            },
            { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'more', namespace: HOME } },
            signal,
          ),
        ),
      );
      expect(await Promise.all(asked)).toEqual(['refused', 'refused', 'refused', 'refused']);
    }
  });
});

test('the Deployment that is shipped for the cluster is one that the API server takes', async () => {
  const folder = join(import.meta.dirname, '..', '..', '..', 'manifests', 'bridge');
  const applied = await installation.kubectl('apply', '--server-side', '-k', folder);
  expect(applied).toContain('deployment.apps/qbo-bridge serverside-applied');
});

describe('acting as a user, it may do what they may:', () => {
  test('everything in their own namespace, Secrets by name alone', async () => {
    expect(await mayDo(clients.as(ALICE), HOME)).toEqual([
      ...all('clusters'),
      ...all('nodes'),
      ...looks('networks'),
      ...all('loadbalancers'),
      'get secrets',
    ]);
  });

  test('nothing anywhere else', async () => {
    for (const namespace of OTHERS)
      expect([namespace, await mayDo(clients.as(ALICE), namespace)]).toEqual([namespace, []]);
    expect(await answer(clients.as(ALICE).list(ClusterKind, {}, signal))).toBe('refused');
  });

  test('ask what they may', async () => {
    const { apiVersion, kind } = SelfSubjectAccessReviewType;
    const may = async (namespace: string) => {
      const { status } = await clients.as(ALICE).create(
        SelfSubjectAccessReviewType,
        {
          apiVersion,
          kind,
          metadata: { name: '' },
          spec: { resourceAttributes: { verb: 'get', resource: 'secrets', namespace, name: 'dev-kubeconfig' } },
        },
        signal,
      );
      return status?.allowed;
    };
    expect([await may(HOME), await may('qbo-bob')]).toEqual([true, false]);
  });
});

describe('acting as an administrator, it may', () => {
  test.each([
    ['of the users', ADMIN],
    ['of an installation without users', LOCAL],
  ])('do everything with clusters and Users, and read the kubeconfigs of users: %s', async (_, who) => {
    const everywhere = [
      ...all('clusters'),
      ...all('nodes'),
      ...looks('networks'),
      ...all('loadbalancers'),
      ...all('addresspools'),
      ...all('users'),
    ];
    for (const namespace of [HOME, 'qbo-bob', 'default']) {
      expect(await mayDo(clients.as(who), namespace)).toEqual([...everywhere, 'get secrets']);
    }
    for (const namespace of ['qbo-system', 'qbo-accounts', 'qbo-sessions', 'kube-system']) {
      expect([namespace, await mayDo(clients.as(who), namespace)]).toEqual([namespace, everywhere]);
    }
  });
});

describe('authentication, with the rights of the bridge as shipped', () => {
  const used = new Set<string>();
  const stop = new AbortController();
  let authentication: Authentication;
  let server: Server;

  beforeAll(async () => {
    const client = notingRights(installation.server.client(BRIDGE.name), used);
    authentication = accountAuthentication({ client, clock: new SystemClock(), log: silentLogger }, stop.signal);
    void authentication.run();
    await authentication.synced(signal);
    server = createServer((request, response) => {
      void authentication.routes[request.url as '/login' | '/logout'](request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    stop.abort(new Error('The test is over'));
    server?.close();
    server?.closeAllConnections();
  });

  const post = (path: string, headers: Record<string, string>) => {
    const { port } = server.address() as AddressInfo;
    return fetch(`http://127.0.0.1:${port.toString()}${path}`, { method: 'POST', headers });
  };
  const bearer = (user: string) => {
    const { users } = JSON.parse(installation.server.kubeconfigOf(user)) as { users: { user: { token: string } }[] };
    return { authorization: `Bearer ${users[0]?.user.token ?? ''}` };
  };
  const enter = async (cookie: string): Promise<{ caller: Caller; lifetime: AbortSignal }> => {
    const caller = await authentication.authenticator.authenticate({ cookie });
    if (caller === undefined) throw new Error('Not let in');
    return { caller, lifetime: authentication.authenticator.lifetime(caller) };
  };
  const isOut = (lifetime: AbortSignal) =>
    eventually('the caller is out', () => Promise.resolve(lifetime.aborted), { timeoutMs: 10_000 });

  test('lets a service account in, as whom the API server knows them, and out when it is rotated', async () => {
    const secret = await installation.kube.get(SecretType, { namespace: 'qbo-accounts', name: 'alice' }, signal);
    const { aux, key } = readAccount(secret!)!;
    const { caller, lifetime } = await enter(`qbo_uid=${await encrypted(aux, key)}; qbo_aux=${aux}`);
    expect(caller.impersonate).toEqual(ALICE);
    const { items } = await clients.as(caller.impersonate).list(ClusterKind, { namespace: caller.namespace }, signal);
    expect(items).toEqual([]);

    await installation.kubectl(
      'patch',
      'user',
      'alice',
      '--type=merge',
      '-p',
      '{"spec":{"credentials":{"rotation":1}}}',
    );
    await isOut(lifetime);
  });

  test('logs in whom the API server knows by a token, and out again', async () => {
    expect((await post('/login', bearer(STRANGER.name))).status).toBe(403);
    expect((await post('/login', { authorization: 'Bearer guess' })).status).toBe(401);
    const response = await post('/login', bearer(PERSON.name));
    expect(response.status).toBe(200);
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { caller, lifetime } = await enter(cookie);
    expect(caller.name).toBe('alice');
    await post('/logout', { cookie });
    await isOut(lifetime);
  });

  test('has used every right of the bridge but to act as others', async () => {
    const granted = rightsOf(await shippedBridgeRights());
    // What the tests above are about.
    const acting = ['users', 'groups', 'serviceaccounts'].map((plural) => `impersonate core/${plural}`);
    expect([...granted].filter((right) => !used.has(right)).sort()).toEqual(acting.sort());
  });
});
