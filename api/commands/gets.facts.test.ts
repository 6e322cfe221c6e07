import { describe, expect, test } from '@jest/globals';
import { ENGINE_FACTS, engineData } from '../../crds/engine-facts.ts';
import { ALICE, BridgeWorld, messagesIn, rowsIn } from '../../test/fixtures/bridge/commands.ts';
import { person } from '../../test/fixtures/world/objects.ts';
import { simulation, type Simulation } from '../../test/fixtures/world/simulation.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import { ConfigMapType } from '../../controllers/kube/kinds.ts';
import { payloadSchemas } from '../wire/message.ts';

const { signal } = new AbortController();

function onlyOwn(sim: Simulation): void {
  sim.api.onRequest = (verb, { plural, kind }, { namespace }, user) => {
    const isAlice = user === ALICE.impersonate.user;
    const isHers = namespace === ALICE.namespace;
    return isAlice && !isHers
      ? new KubeApiError(403, 'Forbidden', `${plural} is forbidden: User "${user}" cannot ${verb} ${kind}`)
      : undefined;
  };
}

describe('images and versions', () => {
  const withFacts = async (): Promise<Simulation> => {
    const sim = await simulation();
    const images = ['kindest/node:v1.35.4', 'registry.example.com:5000/team/sub/node:v1', 'kindest/node:v1.30.0'];
    await sim.user.client.create(
      ConfigMapType,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: ENGINE_FACTS, namespace: 'qbo-system' },
        data: engineData({ images, version: '28.5.1' }),
      },
      signal,
    );
    return sim;
  };

  test('are those that the operator tells of', async () => {
    const world = new BridgeWorld(await withFacts());
    expect(rowsIn((await world.run('get images -A')).sent, 'images')).toEqual([
      {
        name: 'hub.docker.com/kindest/node:v1.35.4',
        registry: 'hub.docker.com',
        user: 'kindest',
        repository: '',
        image: 'node',
        tag: 'v1.35.4',
      },
      expect.objectContaining({ tag: 'v1.30.0' }),
      {
        name: 'registry.example.com:5000/team/sub/node:v1',
        registry: 'registry.example.com:5000',
        user: 'team',
        repository: 'sub',
        image: 'node',
        tag: 'v1',
      },
    ]);
    expect(rowsIn((await world.run('get image kindest/node')).sent, 'images')).toHaveLength(2);
    expect((await world.run('get image kindest/nod:v1.35.4')).failure()).toMatchObject({ code: 404 });
    expect(rowsIn((await world.run('version')).sent, 'version')).toEqual([
      { docker: '28.5.1', qbo: 'api:0.1.0', host: expect.any(String), arch: '__x86_64__' },
    ]);
  });

  test('are the registry’s as well, when it answers', async () => {
    const registryTags = () => Promise.resolve({ references: ['kindest/node:v1.36.0'], error: 'It was slow.' });
    const { sent } = await new BridgeWorld(await withFacts(), { registryTags }).run('get images -A');
    expect(rowsIn(sent, 'images')[0]).toMatchObject({ tag: 'v1.36.0' });
    expect(messagesIn(sent)).toEqual(['It was slow.']);
  });

  test('are unknown, and no failure, to who may not know them', async () => {
    const world = new BridgeWorld(await simulation());
    expect(rowsIn((await world.run('get images -A')).sent, 'images')).toEqual([]);
    expect(rowsIn((await world.run('version')).sent, 'version')[0]).not.toHaveProperty('docker');
  });
});

describe('users', () => {
  const people = (): Promise<Simulation> =>
    simulation({ before: (sim) => Promise.all([sim.user.apply(person('alice')), sim.user.apply(person('bob'))]) }).then(
      (sim) => sim.settled(),
    );

  test('are all, to an administrator; keys only of whom they name', async () => {
    const world = new BridgeWorld(await people());
    const { sent } = await world.run('get users -A');
    expect(rowsIn(sent, 'users').map(({ name, email, self, type, cli }) => [name, email, self, type, cli])).toEqual([
      ['local', 'local@localhost', 1, 1, undefined],
      ['alice', 'alice@example.com', 0, 0, undefined],
      ['bob', 'bob@example.com', 0, 0, undefined],
    ]);
    const named = await world.run('get user alice@example.com');
    expect(rowsIn(named.sent, 'users')).toEqual([
      expect.objectContaining({ cli: { exp: 0, conf: expect.objectContaining({ qbo_user: 'alice@example.com' }) } }),
    ]);
    expect(named.sent.every(({ isPrivate }) => isPrivate)).toBe(true);
    for (const { payload } of [...sent, ...named.sent]) {
      payloadSchemas.users.parse((payload as { users: unknown }).users);
    }
  });

  test('are one’s own row with one’s own keys, to others', async () => {
    const sim = await people();
    onlyOwn(sim);
    const world = new BridgeWorld(sim);
    const { sent } = await world.run('get users -A', ALICE);
    expect(rowsIn(sent, 'users')).toEqual([
      expect.objectContaining({ name: 'alice', self: 1, cli: expect.anything() }),
    ]);
    expect((await world.run('get user bob', ALICE)).failure()).toMatchObject({ code: 404 });
  });

  test('are added with their keys, rotated and deleted', async () => {
    const sim = await people();
    const world = new BridgeWorld(sim);
    const { sent, failure } = await world.run('add user Carol.Jones@example.com --admin');
    expect(failure()).toBeUndefined();
    const [row] = rowsIn<{ cli: { conf: { d: string } } }>(sent, 'users');
    expect(row).toMatchObject({ name: 'carol-jones', type: 1, status: 1, cli: { conf: { d: expect.any(String) } } });
    for (const { payload, isPrivate } of sent) expect(isPrivate).toBe('users' in payload);

    expect((await world.run('add user carol-jones')).failure()).toMatchObject({ code: 409 });
    const rotated = await world.run('add user carol-jones --rotate');
    expect(rotated.failure()).toBeUndefined();
    const [again] = rowsIn<{ cli: { conf: { d: string } } }>(rotated.sent, 'users');
    expect(again?.cli.conf.d).not.toBe(row?.cli.conf.d);

    expect((await world.run('delete user carol-jones')).failure()).toBeUndefined();
    expect((await world.run('get user carol-jones')).failure()).toMatchObject({ code: 404 });
  });
});
