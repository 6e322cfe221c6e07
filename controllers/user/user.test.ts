import { describe, expect, test } from '@jest/globals';
import { readAccount } from '../../crds/account.ts';
import { ClusterKind } from '../../crds/cluster.ts';
import { Annotation, Label } from '../../crds/names.ts';
import { UserKind } from '../../crds/user.ts';
import type { User } from '../../crds/user.ts';
import { cluster, person } from '../../test/fixtures/world/objects.ts';
import { simulation, type Simulation } from '../../test/fixtures/world/simulation.ts';
import type { KubeClient } from '../kube/client.ts';
import { NamespaceType, RoleBindingType, SecretType } from '../kube/kinds.ts';
import type { Stored } from '../runtime/object.ts';

const { signal } = new AbortController();

/** Cluster-scoped objects have the namespace ''. */
const ALICE = '/alice';

const begin = async (...users: User[]): Promise<Simulation> => {
  const sim = await simulation({
    before: async (world) => {
      for (const user of users) await world.user.apply(user);
    },
  });
  return sim.settled();
};

const alice = (sim: Simulation): Stored<User> => {
  const found = sim.find(UserKind, ALICE);
  if (found === undefined) throw new Error('alice is gone');
  return found;
};
const says = (sim: Simulation, type = 'Ready'): string => {
  const { status, reason } = sim.condition(alice(sim), type) ?? {};
  return `${status ?? 'absent'} ${reason ?? ''}`;
};
const message = (sim: Simulation): string => sim.condition(alice(sim), 'Ready')?.message ?? '';
const account = (sim: Simulation) => {
  const secret = sim.find(SecretType, 'qbo-accounts/alice');
  return secret && readAccount(secret);
};
const file = (sim: Simulation): Record<string, unknown> | undefined => {
  const data = sim.find(SecretType, 'qbo-alice/alice-cli')?.data?.['cli.json'];
  return data === undefined
    ? undefined
    : (JSON.parse(Buffer.from(data, 'base64').toString()) as Record<string, unknown>);
};
const binding = (sim: Simulation, namespace = 'qbo-alice') => sim.find(RoleBindingType, `${namespace}/qbo-user`);
const change = (sim: Simulation, spec: object) =>
  sim.user.client.mergePatch(UserKind, { namespace: '', name: 'alice' }, { spec }, signal);

/** Everything that is there for users. */
const made = ({ api }: Simulation): string[] =>
  [...api.peekAll(NamespaceType), ...api.peekAll(RoleBindingType), ...api.peekAll(SecretType)].map(
    ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
  );

describe('a User', () => {
  test('gets a namespace, rights in it, a service account and a cli.json, and is Ready', async () => {
    const sim = await begin(person('alice'));
    expect(says(sim)).toBe('True Ready');
    expect(made(sim)).toEqual([
      'Namespace /qbo-alice',
      'RoleBinding qbo-alice/qbo-user',
      'Secret qbo-accounts/alice',
      'Secret qbo-alice/alice-cli',
    ]);
    const { key, aux, created } = account(sim)!;
    expect(alice(sim).status).toMatchObject({
      uuid: alice(sim).metadata.uid,
      namespace: 'qbo-alice',
      clusters: 0,
      account: { rotation: 0, created },
    });
    const { kty, crv, x, y, d } = key;
    expect(file(sim)).toEqual({
      qbo_uid: { kty, crv, x, y },
      d,
      qbo_aux: aux,
      qbo_host: 'localhost',
      qbo_port: 9601,
      qbo_user: 'alice@example.com',
    });
    expect(binding(sim)).toMatchObject({
      roleRef: { kind: 'ClusterRole', name: 'qbo-user' },
      subjects: [
        { kind: 'ServiceAccount', namespace: 'qbo-accounts', name: 'alice' },
        { kind: 'Group', name: 'qbo:admins' },
      ],
    });
  });

  test('has no part of a key but in Secrets', async () => {
    const sim = await begin(person('alice'));
    const { key, aux } = account(sim)!;
    const told = JSON.stringify([alice(sim), sim.events('User', 'alice'), sim.api.peekAll(NamespaceType)]);
    for (const secret of [key.d, key.x, key.y, aux]) expect(told).not.toContain(secret);
    expect(sim.events('User', 'alice')).toEqual([
      'Normal AccountCreated: The service account has a key; cli.json is in Secret alice-cli in namespace qbo-alice',
    ]);
  });

  test('that nobody changes costs no write, and few looks', async () => {
    const sim = await begin(person('alice', { credentials: { lifetime: '720h' } }));
    sim.api.forgetRequests();
    await sim.pass(600_000);
    expect(sim.api.writes()).toEqual([]);
    expect(sim.api.requests()['get Secret']).toBeLessThanOrEqual(22);
  });

  test('that is paused is left as it is', async () => {
    const paused = person('alice');
    const sim = await begin({ ...paused, metadata: { name: 'alice', annotations: { [Annotation.paused]: 'true' } } });
    expect(made(sim)).toEqual([]);
    expect(says(sim, 'Paused')).toBe('True Paused');
  });

  test('gets back what somebody took away or changed, with a new key where that was the key', async () => {
    const sim = await begin(person('alice'));
    const before = account(sim)!;
    const { client } = sim.user;
    await client.delete(RoleBindingType, { namespace: 'qbo-alice', name: 'qbo-user' }, {}, signal);
    await client.mergePatch(
      SecretType,
      { namespace: 'qbo-accounts', name: 'alice' },
      { data: { aux: Buffer.from('guess').toString('base64') } },
      signal,
    );
    await sim.settled();
    expect(says(sim)).toBe('True Ready');
    expect(binding(sim)).toBeDefined();
    expect(account(sim)?.aux).not.toBe(before.aux);
    expect(file(sim)?.['qbo_aux']).toBe(account(sim)?.aux);
    expect(sim.events('User', 'alice')[1]).toMatch(/^Warning AccountRestored: .*alice-cli in namespace qbo-alice$/);
  });

  test('whose binding was turned to another role has the right one again', async () => {
    const sim = await begin(person('alice'));
    const key = { namespace: 'qbo-alice', name: 'qbo-user' };
    const { client } = sim.user;
    await client.delete(RoleBindingType, key, {}, signal);
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
    const { apiVersion, kind } = RoleBindingType;
    await client.create(RoleBindingType, { apiVersion, kind, metadata: key, roleRef }, signal);
    await sim.settled();
    expect(binding(sim)?.roleRef.name).toBe('qbo-user');
  });
});

describe('credentials', () => {
  test('that are rotated are others, at once', async () => {
    const sim = await begin(person('alice'));
    const before = account(sim)!;
    await change(sim, { credentials: { rotation: 1 } });
    await sim.until('it is rotated', () => account(sim)?.rotation === 1, 5_000);
    await sim.settled();
    expect(account(sim)?.key.d).not.toBe(before.key.d);
    expect(account(sim)?.aux).not.toBe(before.aux);
    expect(file(sim)?.['qbo_aux']).toBe(account(sim)?.aux);
    expect(sim.events('User', 'alice').filter((event) => event.includes('AccountRestored'))).toEqual([]);
  });

  test('that end say when, and when they have ended what to do', async () => {
    const sim = await begin(person('alice', { credentials: { lifetime: '1h' } }));
    const { created, expires } = alice(sim).status!.account!;
    expect(Date.parse(expires!) - Date.parse(created)).toBe(3_600_000);
    await sim.pass(3_600_000);
    expect(says(sim)).toBe('False AccountExpired');
    expect(message(sim)).toContain(`-p '{"spec":{"credentials":{"rotation":1}}}'`);
    await change(sim, { credentials: { rotation: 1 } });
    await sim.settled();
    expect(says(sim)).toBe('True Ready');
  });

  test('of a user of the same name who is gone are not taken over', async () => {
    const sim = await begin(person('alice'));
    const before = account(sim)!;
    const stolen = sim.find(SecretType, 'qbo-accounts/alice')!;
    await sim.user.delete(UserKind, ALICE);
    await sim.until('alice is gone', () => sim.find(UserKind, ALICE) === undefined);
    const { data, type, metadata } = stolen;
    const { apiVersion, kind } = SecretType;
    const { name, namespace, labels } = metadata;
    await sim.user.client.create(
      SecretType,
      { apiVersion, kind, metadata: { name, namespace: namespace!, labels: labels! }, data: data!, type: type! },
      signal,
    );
    await sim.user.apply(person('alice'));
    await sim.settled();
    expect(account(sim)?.aux).not.toBe(before.aux);
  });
});

describe('access that is revoked', () => {
  test('takes keys and rights away, keeps clusters, and comes back with other keys', async () => {
    const sim = await begin(person('alice'));
    const before = account(sim)!;
    await sim.user.apply(cluster('dev', { workers: 0 }, { namespace: 'qbo-alice' }));
    await sim.until('the cluster is Ready', () => sim.ready('qbo-alice/dev'));
    await change(sim, { access: 'Revoked' });
    await sim.until('it is revoked', () => says(sim) === 'False Revoked', 5_000);
    await sim.settled();
    expect(made(sim)).toEqual(['Namespace /qbo-alice', 'Secret qbo-alice/dev-kubeconfig']);
    expect(alice(sim).status?.account).toBeUndefined();
    expect(sim.ready('qbo-alice/dev')).toBe(true);
    expect(sim.condition(alice(sim), 'Stalled')).toBeUndefined();

    await change(sim, { access: 'Allowed' });
    await sim.settled();
    expect(says(sim)).toBe('True Ready');
    expect(account(sim)?.aux).not.toBe(before.aux);
    const events = sim.events('User', 'alice').map((event) => event.split(':')[0]);
    expect(events).toEqual(['Normal AccountCreated', 'Normal AccessRevoked']);
  });
});

describe('a namespace', () => {
  const namespace = (name: string, labels: Record<string, string> = {}) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  });

  test('that was there before is not used until somebody gives it, and stays when the user goes', async () => {
    const sim = await simulation({
      before: async ({ user }) => {
        await user.apply(namespace('team'));
        await user.apply(person('alice', { namespace: 'team' }));
      },
    }).settled();
    expect(says(sim)).toBe('False NamespaceTaken');
    expect(message(sim)).toContain('kubectl label namespace team qbo.io/user=alice --overwrite');
    expect(made(sim)).toEqual(['Namespace /team']);

    await sim.user.client.mergePatch(
      NamespaceType,
      { namespace: '', name: 'team' },
      { metadata: { labels: { [Label.user]: 'alice' } } },
      signal,
    );
    await sim.settled();
    expect(says(sim)).toBe('True Ready');
    expect(binding(sim, 'team')).toBeDefined();

    await sim.user.delete(UserKind, ALICE);
    await sim.settled();
    expect(made(sim)).toEqual(['Namespace /team']);
  });

  test('belongs to one user alone, and whoever does not get it can be deleted whatever is in it', async () => {
    const sim = await begin(person('alice', { namespace: 'team' }), person('bob', { namespace: 'team' }));
    await sim.user.apply(cluster('dev', { workers: 0 }, { namespace: 'team' }));
    await sim.settled();
    const reasonOf = (name: string) => sim.condition(sim.find(UserKind, name)!, 'Ready')?.reason;
    const [refused, holder] = reasonOf('/alice') === 'Ready' ? ['/bob', '/alice'] : ['/alice', '/bob'];
    expect([reasonOf(refused), reasonOf(holder)]).toEqual(['NamespaceTaken', 'Ready']);
    await sim.user.delete(UserKind, refused);
    await sim.until('the other is gone', () => sim.api.peekAll(UserKind).length === 1, 10_000);
    expect(binding(sim, 'team')).toBeDefined();
  });
});

describe('a User that is deleted', () => {
  test('leaves nothing', async () => {
    const sim = await begin(person('alice'));
    await sim.user.delete(UserKind, ALICE);
    await sim.settled();
    expect(sim.find(UserKind, ALICE)).toBeUndefined();
    expect(made(sim)).toEqual([]);
  });

  test('is locked out at once, and waits for the clusters, which nobody deletes for them', async () => {
    const sim = await begin(person('alice'));
    await sim.user.apply(cluster('dev', { workers: 0 }, { namespace: 'qbo-alice' }));
    await sim.until('the cluster is Ready', () => sim.ready('qbo-alice/dev'));
    await sim.settled();
    expect(alice(sim).status?.clusters).toBe(1);

    await sim.user.delete(UserKind, ALICE);
    await sim.settled();
    expect(says(sim, 'Deleting')).toBe('True ClustersRemain');
    expect(message(sim)).toContain('kubectl delete clusters -n qbo-alice dev');
    expect(made(sim)).toEqual(['Namespace /qbo-alice', 'Secret qbo-alice/dev-kubeconfig']);
    expect(sim.ready('qbo-alice/dev')).toBe(true);

    await sim.user.delete(ClusterKind, 'qbo-alice/dev');
    await sim.until('alice is gone', () => sim.find(UserKind, ALICE) === undefined);
    expect(made(sim)).toEqual([]);
  });

  test('keeps the namespace when a cluster comes that the operator has not heard of', async () => {
    const late = cluster('dev', { workers: 0 }, { namespace: 'qbo-alice' });
    const sim = await simulation({
      before: ({ user }) => user.apply(person('alice')),
      mutate: (outside) => {
        // In the last moment: while the API server is asked for the last time.
        const list: KubeClient['list'] = async (type, options, ...rest) => {
          if (type.kind === 'Cluster' && options.limit === 1) await sim.user.apply(late);
          return outside.kube.list(type, options, ...rest);
        };
        const kube = new Proxy(outside.kube, {
          get: (target, name) => (name === 'list' ? list : (Reflect.get(target, name) as unknown)),
        });
        return { ...outside, kube };
      },
    }).settled();
    await sim.user.delete(UserKind, ALICE);
    await sim.until('it is seen', () => says(sim, 'Deleting') === 'True ClustersRemain');
    await sim.until('the cluster is Ready', () => sim.ready('qbo-alice/dev'));
    expect(sim.find(NamespaceType, '/qbo-alice')).toBeDefined();
  });
});

/** Kills the operator after each of its calls, and has another go on. */
async function survives(ask: (sim: Simulation) => Promise<unknown>, isDone: (sim: Simulation) => boolean) {
  const world = { before: ({ user }: Simulation) => user.apply(person('alice')) };
  const ready = (sim: Simulation) => sim.until('alice is Ready', () => says(sim) === 'True Ready');
  const example = await simulation(world);
  await ready(example);
  const first = example.life.calls.length;
  await ask(example);
  await example.until('it is done', () => isDone(example));
  const last = example.life.calls.length;
  example.life.end();
  for (let calls = 0; calls < last - first; calls++) {
    for (const when of ['before', 'after'] as const) {
      const sim = await simulation(world);
      await ready(sim);
      sim.life.endAfter(calls, when);
      await ask(sim);
      await sim.pass(1_000);
      sim.restart();
      await sim.until(`it is done after a death ${when} call ${String(calls)}`, () => isDone(sim), 180_000);
      sim.life.end();
    }
  }
  return last - first;
}

describe('an operator that is killed at any call', () => {
  test('of a rotation goes on with it', async () => {
    const isDone = (sim: Simulation): boolean =>
      account(sim)?.rotation === 1 &&
      file(sim)?.['qbo_aux'] === account(sim)?.aux &&
      alice(sim).status?.account?.rotation === 1;
    expect(await survives((sim) => change(sim, { credentials: { rotation: 1 } }), isDone)).toBeGreaterThan(5);
  });

  test('of a deletion goes on with it', async () => {
    const isDone = (sim: Simulation): boolean => made(sim).length === 0 && sim.find(UserKind, ALICE) === undefined;
    expect(await survives((sim) => sim.user.delete(UserKind, ALICE), isDone)).toBeGreaterThan(8);
  });
});
