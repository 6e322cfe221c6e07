import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SecretType } from '../../controllers/kube/kinds.ts';
import { UserKind } from '../../crds/user.ts';
import { guardedWorld } from '../../test/fixtures/accounts/bridge.ts';
import type { GuardedWorld } from '../../test/fixtures/accounts/bridge.ts';
import { person } from '../../test/fixtures/world/objects.ts';

const TOKENS = { 'alices-token': 'oidc:alice', 'bobs-token': 'oidc:bob', 'no-answer': 'unreachable' };

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A bridge that answers HTTP on this machine. */
async function served(spec: object = {}) {
  const bridge = await guardedWorld([person('alice', { kubernetesUsers: ['oidc:alice'], ...spec })], TOKENS);
  const server = createServer((request, response) => {
    void bridge.routes[request.url as '/login' | '/logout'](request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    bridge.stop();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const post = (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port.toString()}${path}`, { method: 'POST', headers, ...init });
  const login = (token: string) => post('/login', { authorization: `Bearer ${token}` });
  return { bridge, post, login };
}

/** What a browser would send back. */
const cookieOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0] ?? '')
    .join('; ');

const sessions = ({ sim }: GuardedWorld) =>
  sim.api.peekAll(SecretType).filter(({ metadata }) => metadata.namespace === 'qbo-sessions');

describe('POST /login', () => {
  test('with the token of somebody whom a User names lets them in, until it ends', async () => {
    const { bridge, login } = await served({ credentials: { webTokenLifetime: '30m' } });
    const response = await login('alices-token');
    expect(response.status).toBe(200);
    const { expires, ...who } = (await response.json()) as Record<string, string>;
    expect(who).toEqual({ user: 'alice', email: 'alice@example.com' });
    expect(Date.parse(expires ?? '') - bridge.sim.clock.now()).toBe(1_800_000);

    const headers = { cookie: cookieOf(response) };
    const caller = await bridge.authenticator.authenticate(headers);
    expect(caller).toMatchObject({ name: 'alice', namespace: 'qbo-alice' });
    const lifetime = bridge.authenticator.lifetime(caller!);
    await bridge.sim.pass(1_799_000);
    expect(lifetime.aborted).toBe(false);
    await bridge.sim.pass(1_000);
    expect(lifetime.aborted).toBe(true);
    expect(await bridge.authenticator.authenticate(headers)).toBeUndefined();
    await bridge.sim.pass(61_000);
    expect(sessions(bridge)).toEqual([]);
  });

  test('sets cookies that no script reads and no other site sends, and keeps a hash of them alone', async () => {
    const { bridge, login, post } = await served();
    const response = await login('alices-token');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const [uid = '', aux] = response.headers.getSetCookie();
    expect(uid).toMatch(/^qbo_uid=[0-9a-f-]{36}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(aux).toBe('qbo_aux=; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict');
    const token = /^qbo_uid=([^;]+)/.exec(uid)?.[1] ?? '';
    const stored = sessions(bridge).map(({ metadata, data }) =>
      JSON.stringify([metadata, Buffer.from(data?.['session'] ?? '', 'base64').toString()]),
    );
    expect(stored).toHaveLength(1);
    expect(stored[0]).not.toContain(token);

    const behindTls = await post('/login', { authorization: 'Bearer alices-token', 'x-forwarded-proto': 'https' });
    for (const cookie of behindTls.headers.getSetCookie()) expect(cookie).toMatch(/; Secure$/);
  });

  test.each([
    ['no token', {}, 401],
    ['a token that nobody knows', { authorization: 'Bearer guess' }, 401],
    ['another scheme', { authorization: 'Basic YTpi' }, 401],
    ['a token that is too long', { authorization: `Bearer ${'x'.repeat(8_193)}` }, 401],
    ['the token of somebody whom no User names', { authorization: 'Bearer bobs-token' }, 403],
    ['an API server that does not answer', { authorization: 'Bearer no-answer' }, 503],
  ])('with %s lets nobody in', async (_, headers, code) => {
    const { bridge, post } = await served();
    const response = await post('/login', headers);
    expect(response.status).toBe(code);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(((await response.json()) as { message: string }).message).toMatch(/\.$/);
    expect(sessions(bridge)).toEqual([]);
  });

  test('lets nobody in whom two Users name, or one who is revoked', async () => {
    const { bridge, login } = await served();
    await bridge.sim.user.apply(person('twin', { kubernetesUsers: ['oidc:alice'] }));
    await bridge.sim.pass(1_000);
    expect((await login('alices-token')).status).toBe(403);
    await bridge.sim.user.delete(UserKind, '/twin');
    await bridge.change('alice', { access: 'Revoked' });
    await bridge.sim.pass(5_000);
    expect((await login('alices-token')).status).toBe(403);
  });

  test('takes no body and no other method', async () => {
    const { post } = await served();
    expect((await post('/login', {}, { body: 'token=alices-token' })).status).toBe(413);
    const get = await post('/login', {}, { method: 'GET' });
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('again and again leaves a bounded number of sessions, the newest', async () => {
    const { bridge, login } = await served();
    const cookies: string[] = [];
    for (let count = 0; count < 34; count++) {
      cookies.push(cookieOf(await login('alices-token')));
      await bridge.sim.pass(1_000);
    }
    expect(sessions(bridge)).toHaveLength(32);
    const isIn = async (cookie = '') => (await bridge.authenticator.authenticate({ cookie })) !== undefined;
    expect([await isIn(cookies[0]), await isIn(cookies[1]), await isIn(cookies[2]), await isIn(cookies[33])]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});

describe('a session ends', () => {
  test('with POST /logout, on all its sockets, and whoever has none may say so too', async () => {
    const { bridge, login, post } = await served();
    const headers = { cookie: cookieOf(await login('alices-token')) };
    const other = { cookie: cookieOf(await login('alices-token')) };
    const caller = await bridge.authenticator.authenticate(headers);
    const lifetime = bridge.authenticator.lifetime(caller!);
    const response = await post('/logout', headers);
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()[0]).toBe('qbo_uid=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict');
    await bridge.sim.pass(1_000);
    expect(lifetime.aborted).toBe(true);
    expect(await bridge.authenticator.authenticate(headers)).toBeUndefined();
    expect(await bridge.authenticator.authenticate(other)).toBeDefined();
    expect((await post('/logout', headers)).status).toBe(200);
    expect((await post('/logout', {})).status).toBe(200);
  });

  test.each([
    ['a rotation', { credentials: { rotation: 1 } }],
    ['access that is revoked', { access: 'Revoked' }],
  ])('with %s, and is removed', async (_, spec) => {
    const { bridge, login } = await served();
    const headers = { cookie: cookieOf(await login('alices-token')) };
    expect(await bridge.authenticator.authenticate(headers)).toBeDefined();
    await bridge.change('alice', spec);
    await bridge.sim.pass(1_000);
    expect(await bridge.authenticator.authenticate(headers)).toBeUndefined();
    await bridge.sim.pass(61_000);
    expect(sessions(bridge)).toEqual([]);
  });

  test('with its User, and is not that of the next of that name', async () => {
    const { bridge, login } = await served();
    const headers = { cookie: cookieOf(await login('alices-token')) };
    await bridge.sim.user.delete(UserKind, '/alice');
    await bridge.sim.until('alice is gone', () => bridge.sim.find(UserKind, '/alice') === undefined);
    await bridge.sim.user.apply(person('alice'));
    await bridge.sim.pass(5_000);
    expect(await bridge.authenticator.authenticate(headers)).toBeUndefined();
  });
});
