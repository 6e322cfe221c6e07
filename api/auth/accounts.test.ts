import { afterEach, describe, expect, test } from '@jest/globals';
import { guardedWorld } from '../../test/fixtures/accounts/bridge.ts';
import type { GuardedWorld } from '../../test/fixtures/accounts/bridge.ts';
import { encrypted, encryptedByHand, newKey, signed } from '../../test/fixtures/accounts/proofs.ts';
import { person } from '../../test/fixtures/world/objects.ts';
import { silentLogger } from '../../controllers/runtime/log.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import { UserKind } from '../../crds/user.ts';
import type { User } from '../../crds/user.ts';
import { accountAuthentication } from './authentication.ts';
import { localAuthenticator } from './local.ts';

const { signal } = new AbortController();
const worlds: GuardedWorld[] = [];

const world = async (...users: User[]): Promise<GuardedWorld> => {
  const made = await guardedWorld(users);
  worlds.push(made);
  return made;
};

afterEach(() => {
  for (const each of worlds.splice(0)) each.stop();
});

/** Lets in by the cookie, which must be good. */
const enter = async ({ authenticator }: GuardedWorld, headers: { readonly cookie: string }) => {
  const caller = await authenticator.authenticate(headers);
  if (caller === undefined) throw new Error('Not let in');
  return { caller, lifetime: authenticator.lifetime(caller) };
};

describe('a service account', () => {
  test('comes in as its User, with the rights of their role and no others', async () => {
    const bridge = await world(person('alice'), person('root', { role: 'admin', namespace: 'ops' }));
    expect((await enter(bridge, await bridge.cookie('alice'))).caller).toEqual({
      name: 'alice',
      email: 'alice@example.com',
      uuid: bridge.sim.find(UserKind, '/alice')?.status?.uuid,
      isAdmin: false,
      namespace: 'qbo-alice',
      impersonate: { user: 'system:serviceaccount:qbo-accounts:alice', groups: ['qbo:users'] },
    });
    expect((await enter(bridge, await bridge.cookie('root'))).caller).toMatchObject({
      isAdmin: true,
      namespace: 'ops',
      impersonate: { user: 'system:serviceaccount:qbo-accounts:root', groups: ['qbo:admins'] },
    });
  });

  test('comes in with what libwebsockets makes, and with a token that it has signed', async () => {
    const bridge = await world(person('alice'));
    const { aux, key } = bridge.account('alice');
    const now = Math.floor(bridge.sim.clock.now() / 1000);
    const token = await signed(aux, key, { iat: now, exp: now + 60 });
    expect((await enter(bridge, { cookie: `qbo_uid=${token}; qbo_aux=${aux}` })).caller.name).toBe('alice');
    const byHand = encryptedByHand(aux, key);
    expect((await enter(bridge, { cookie: `qbo_uid=${byHand}; qbo_aux=${aux}` })).caller.name).toBe('alice');
  });

  test('that nobody has, or that is proven by the key of another, is not let in', async () => {
    const bridge = await world(person('alice'), person('bob'));
    const { aux, key } = bridge.account('alice');
    const bob = bridge.account('bob');
    const nobody = '66fac858-a271-49cf-bad0-fdd9ff0b4787';
    for (const [proof, of] of [
      [await encrypted(aux, bob.key), aux],
      [await encrypted(bob.aux, key), aux],
      [await encrypted(aux, key), bob.aux],
      [await encrypted(nobody, key), nobody],
      [await encrypted(nobody, newKey()), nobody],
      [await encrypted(aux, key), ''],
    ]) {
      const cookie = `qbo_uid=${proof ?? ''}; qbo_aux=${of ?? ''}`;
      expect(await bridge.authenticator.authenticate({ cookie })).toBeUndefined();
    }
    expect(await bridge.authenticator.authenticate({})).toBeUndefined();
  });

  test('that nobody has is decrypted all the same, so that time tells nothing', async () => {
    const bridge = await world(person('alice'));
    const proof = await encrypted('66fac858-a271-49cf-bad0-fdd9ff0b4787', newKey());
    const known = bridge.account('alice').aux;
    // Both go the whole way: a header that no key can make good is refused as late for the one as for the other.
    const outcomes = await Promise.all(
      [known, '66fac858-a271-49cf-bad0-fdd9ff0b4787'].map(async (aux) => {
        let turns = 0;
        let isOver = false;
        const answer = bridge.authenticator.authenticate({ cookie: `qbo_uid=${proof}; qbo_aux=${aux}` });
        void answer.then(() => (isOver = true));
        while (!isOver) {
          await new Promise(setImmediate);
          turns += 1;
        }
        return { answer: await answer, turns };
      }),
    );
    expect(outcomes.map(({ answer }) => answer)).toEqual([undefined, undefined]);
    for (const { turns } of outcomes) expect(turns).toBeGreaterThan(1);
  });

  test('is one caller on all its sockets', async () => {
    const bridge = await world(person('alice'));
    const one = await enter(bridge, await bridge.cookie('alice'));
    const two = await enter(bridge, await bridge.cookie('alice'));
    expect(two.caller).toBe(one.caller);
    expect(two.lifetime).toBe(one.lifetime);
  });
});

describe('who is in is put out within seconds, and does not come in again, when', () => {
  const gone: Readonly<Record<string, (bridge: GuardedWorld) => Promise<unknown>>> = {
    'the account is rotated': ({ change }) => change('alice', { credentials: { rotation: 1 } }),
    'access is revoked': ({ change }) => change('alice', { access: 'Revoked' }),
    'the User is deleted': ({ sim }) => sim.user.delete(UserKind, '/alice'),
    'the key is deleted': ({ sim }) =>
      sim.user.client.delete(SecretType, { namespace: 'qbo-accounts', name: 'alice' }, {}, signal),
    'the account is to have ended already': ({ change }) => change('alice', { credentials: { lifetime: '1m' } }),
  };
  test.each(Object.entries(gone))('%s', async (_, happens) => {
    const bridge = await world(person('alice'), person('bob'));
    const headers = await bridge.cookie('alice');
    const alice = await enter(bridge, headers);
    const bob = await enter(bridge, await bridge.cookie('bob'));
    expect(alice.lifetime.aborted).toBe(false);
    await happens(bridge);
    await bridge.sim.pass(2_000);
    expect(alice.lifetime.aborted).toBe(true);
    expect(bob.lifetime.aborted).toBe(false);
    expect(await bridge.authenticator.authenticate(headers)).toBeUndefined();
    expect(bridge.authenticator.lifetime(alice.caller).aborted).toBe(true);
  });

  test('the role is another: whoever comes again has the new one', async () => {
    const bridge = await world(person('alice', { role: 'admin' }));
    const { lifetime } = await enter(bridge, await bridge.cookie('alice'));
    await bridge.change('alice', { role: 'user' });
    await bridge.sim.pass(2_000);
    expect(lifetime.aborted).toBe(true);
    expect((await enter(bridge, await bridge.cookie('alice'))).caller.impersonate.groups).toEqual(['qbo:users']);
  });

  test('the account expires', async () => {
    const bridge = await world(person('alice', { credentials: { lifetime: '1h' } }));
    const headers = await bridge.cookie('alice');
    // Nobody tells it.
    bridge.sim.life.end();
    await bridge.sim.pass(1_000);
    const { lifetime } = await enter(bridge, headers);
    const { created } = bridge.account('alice');
    const leftMs = Date.parse(created) + 3_600_000 - bridge.sim.clock.now();
    await bridge.sim.pass(leftMs - 1);
    expect(lifetime.aborted).toBe(false);
    await bridge.sim.pass(1);
    expect(lifetime.aborted).toBe(true);
    expect(await bridge.authenticator.authenticate(headers)).toBeUndefined();
  });

  test('the bridge does not wait for the operator to say so', async () => {
    const bridge = await world(person('alice'));
    const headers = await bridge.cookie('alice');
    bridge.sim.life.end();
    await bridge.change('alice', { credentials: { rotation: 1 } });
    await bridge.sim.pass(1_000);
    expect(await bridge.authenticator.authenticate(headers)).toBeUndefined();
  });
});

test('who is in stays in when something of their User changes that is not about them', async () => {
  const bridge = await world(person('alice'));
  const { lifetime } = await enter(bridge, await bridge.cookie('alice'));
  await bridge.change('alice', { kubernetesUsers: ['alice'], credentials: { webTokenLifetime: '1h' } });
  await bridge.sim.user.annotate(UserKind, '/alice', { colour: 'red' });
  await bridge.sim.pass(2_000);
  expect(lifetime.aborted).toBe(false);
});

test('while the API server is away, who is known comes in', async () => {
  const bridge = await world(person('alice'));
  const headers = await bridge.cookie('alice');
  bridge.sim.api.stop();
  await bridge.sim.pass(60_000);
  expect((await enter(bridge, headers)).lifetime.aborted).toBe(false);
});

test('before it is known who there is, the answer is that, and not that somebody is unknown', async () => {
  const bridge = await world(person('alice'));
  const headers = await bridge.cookie('alice');
  const { clock, api } = bridge.sim;
  const { authenticator } = accountAuthentication({ client: api.client(), clock, log: silentLogger }, signal);
  await expect(authenticator.authenticate(headers)).rejects.toMatchObject({ code: 503 });
  expect(await authenticator.authenticate({ cookie: 'qbo_uid=nonsense' })).toBeUndefined();
});

test('a bridge that stops puts everybody out', async () => {
  const bridge = await world(person('alice'));
  const { lifetime } = await enter(bridge, await bridge.cookie('alice'));
  bridge.stop();
  await bridge.sim.pass(1_000);
  expect(lifetime.aborted).toBe(true);
});

describe('without authentication', () => {
  test('everybody is the administrator of the installation, for ever', async () => {
    const authenticator = localAuthenticator('qbo');
    const caller = await authenticator.authenticate({ cookie: 'qbo_uid=whatever' });
    expect(caller).toMatchObject({
      name: 'local',
      isAdmin: true,
      namespace: 'default',
      impersonate: { user: 'qbo:local', groups: ['qbo:admins'] },
    });
    expect(authenticator.lifetime(caller!).aborted).toBe(false);
  });

  test('the mirror is the same after a restart, and another in another installation', async () => {
    const uuidIn = async (instance: string) => (await localAuthenticator(instance).authenticate({}))?.uuid;
    expect(await uuidIn('qbo')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await uuidIn('qbo')).toBe(await uuidIn('qbo'));
    expect(await uuidIn('qbo')).not.toBe(await uuidIn('blue'));
  });
});
