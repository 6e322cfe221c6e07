import { beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../runtime/clock.ts';
import type { OwnerReference } from '../../runtime/object.ts';
import { WidgetType, type Widget } from '../contract/widget.ts';
import { take } from '../contract/subject.ts';
import { KubeUnreachable } from '../error.ts';
import { ConfigMapType } from '../kinds.ts';
import type { KubeClient } from '../client.ts';
import { MemoryApiServer, type MemoryApiServerOptions } from '../memory.ts';

const { signal } = new AbortController();
const key = (name: string): { namespace: string; name: string } => ({ namespace: 'team', name });
const widget = (name: string, more: Partial<Widget> = {}): Widget => ({
  apiVersion: WidgetType.apiVersion,
  kind: 'Widget',
  ...more,
  metadata: { name, namespace: 'team', ...more.metadata },
});

let clock: FakeClock;
let server: MemoryApiServer;
let client: KubeClient;

function start(options: Partial<MemoryApiServerOptions> = {}): void {
  clock = new FakeClock();
  server = new MemoryApiServer({ clock, kinds: [{ type: WidgetType }], ...options });
  client = server.client();
}

beforeEach(() => {
  start();
});

describe('requests', () => {
  test('are counted by verb and kind, and writes are told in order', async () => {
    await client.apply(WidgetType, { ...widget('a') }, { fieldManager: 'qbo' }, signal);
    await client.apply(WidgetType, { ...widget('a') }, { fieldManager: 'qbo', subresource: 'status' }, signal);
    await client.list(WidgetType, {}, signal);
    await server.client('someone').create(WidgetType, widget('b'), signal);
    expect(server.requests()).toEqual({
      'apply Widget': 1,
      'apply/status Widget': 1,
      'list Widget': 1,
      'create Widget': 1,
    });
    expect(server.writes()).toEqual([
      'apply Widget team/a by qbo',
      'apply/status Widget team/a by qbo',
      'create Widget team/b by someone',
    ]);
    server.forgetRequests();
    expect(server.requests()).toEqual({});
    expect(server.writes()).toEqual([]);
  });

  test('can be made to fail before they take effect', async () => {
    server.onRequest = (verb, type, { name }) =>
      `${verb} ${type.kind} ${name}` === 'create Widget a' ? new Error('no') : undefined;
    await expect(client.create(WidgetType, widget('a'), signal)).rejects.toThrow('no');
    expect(await client.get(WidgetType, key('a'), signal)).toBeUndefined();
    await expect(client.create(WidgetType, widget('b'), signal)).resolves.toBeDefined();
  });

  test('can be made to fail after they took effect', async () => {
    server.onResponse = (verb) => (verb === 'create' ? new Error('lost') : undefined);
    await expect(client.create(WidgetType, widget('a'), signal)).rejects.toThrow('lost');
    expect(await client.get(WidgetType, key('a'), signal)).toBeDefined();
  });

  test('reach nobody while the server is stopped, and find everything when it is back', async () => {
    await client.create(WidgetType, widget('a'), signal);
    const watch = take(client.watch(WidgetType, { resourceVersion: '' }, signal), 2);
    const broken = expect(watch).rejects.toBeInstanceOf(KubeUnreachable);
    await clock.advance(0);
    server.stop();
    await broken;
    await expect(client.get(WidgetType, key('a'), signal)).rejects.toBeInstanceOf(KubeUnreachable);
    await expect(client.raw('/readyz', signal)).rejects.toBeInstanceOf(KubeUnreachable);
    server.start();
    expect(await client.get(WidgetType, key('a'), signal)).toBeDefined();
  });

  test('of a closed client are refused', async () => {
    client.close();
    await expect(client.get(WidgetType, key('a'), signal)).rejects.toThrow('was closed');
  });
});

describe('objects', () => {
  test('that are returned can not be changed', async () => {
    const { metadata } = await client.create(WidgetType, widget('a', { spec: { size: 1 } }), signal);
    expect(() => Object.assign(metadata, { name: 'b' })).toThrow(TypeError);
  });

  test('do not change with what they were made from', async () => {
    const parts: Record<string, string> = { a: '1' };
    await client.create(WidgetType, widget('a', { spec: { parts } }), signal);
    parts['a'] = '2';
    expect((await client.get(WidgetType, key('a'), signal))?.spec?.parts).toEqual({ a: '1' });
  });

  test('are born at the time of the clock, and with a seed always with the same uid', async () => {
    const born = async (): Promise<unknown> => {
      start({ random: () => 0.5 });
      const { uid, creationTimestamp } = (await client.create(WidgetType, widget('a'), signal)).metadata;
      return { uid, creationTimestamp };
    };
    expect(await born()).toEqual({
      uid: '88888888-8888-4888-8888-888888888888',
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(await born()).toEqual(await born());
  });

  test('get defaults and are refused as their kind says', async () => {
    const admit = (
      object: unknown,
    ): { ok: true; object: Widget } | { ok: false; issues: { path: string; message: string }[] } => {
      const given = object as Widget;
      return (given.spec?.size ?? 1) > 0
        ? { ok: true, object: { ...given, spec: { size: 1, ...given.spec } } }
        : { ok: false, issues: [{ path: 'spec.size', message: 'must be positive' }] };
    };
    start({ kinds: [{ type: WidgetType, admit }] });
    const applied = await client.apply(WidgetType, { ...widget('a') }, { fieldManager: 'm' }, signal);
    expect(applied.spec).toEqual({ size: 1 });
    const again = await client.apply(WidgetType, { ...widget('a') }, { fieldManager: 'm' }, signal);
    expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
    const wrong = client.apply(WidgetType, { ...widget('a', { spec: { size: 0 } }) }, { fieldManager: 'm' }, signal);
    await expect(wrong).rejects.toMatchObject({
      code: 422,
      message: 'Widget.contract.qbo.io "a" is invalid: spec.size: must be positive',
    });
  });
});

describe('a watch', () => {
  test('ends with a bookmark that it can go on from', async () => {
    const { resourceVersion } = await client.list(WidgetType, {}, signal);
    const watch = take(client.watch(WidgetType, { resourceVersion, timeoutSeconds: 300 }, signal), 100);
    await client.create(
      ConfigMapType,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'team' } },
      signal,
    );
    await clock.advance(300_000);
    const [bookmark, ...rest] = await watch;
    expect(rest).toEqual([]);
    expect(bookmark?.type).toBe('BOOKMARK');
    expect(Number(bookmark?.object.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    expect(clock.pending).toBe(0);
  });

  test('goes back no further than the history reaches', async () => {
    start({ historySize: 10 });
    const { resourceVersion: early } = await client.list(WidgetType, {}, signal);
    await client.create(WidgetType, widget('a'), signal);
    for (let size = 0; size < 9; size++) await client.mergePatch(WidgetType, key('a'), { spec: { size } }, signal);
    expect(await take(client.watch(WidgetType, { resourceVersion: early }, signal), 10)).toHaveLength(10);
    await client.mergePatch(WidgetType, key('a'), { spec: { size: 99 } }, signal);
    const late = take(client.watch(WidgetType, { resourceVersion: early }, signal), 1);
    await expect(late).rejects.toMatchObject({ code: 410, reason: 'Expired' });
  });

  test('whose connection drops throws, and can be opened again where it was', async () => {
    const { resourceVersion } = await client.list(WidgetType, {}, signal);
    const broken = expect(take(client.watch(WidgetType, { resourceVersion }, signal), 1)).rejects.toBeInstanceOf(
      KubeUnreachable,
    );
    await clock.advance(0);
    server.dropWatches();
    await broken;
    await client.create(WidgetType, widget('a'), signal);
    const [event] = await take(client.watch(WidgetType, { resourceVersion }, signal), 1);
    expect(event).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
  });
});

describe('garbage collection', () => {
  const owner = async (name: string, finalizers: string[] = []): Promise<OwnerReference> => {
    const { metadata } = await client.create(
      WidgetType,
      widget(name, { metadata: { name, namespace: 'team', finalizers } }),
      signal,
    );
    const { apiVersion, kind } = WidgetType;
    return { apiVersion, kind, name, uid: metadata.uid, blockOwnerDeletion: true };
  };
  const owned = (name: string, ownerReferences: OwnerReference[], finalizers: string[] = []): Promise<unknown> =>
    client.create(
      WidgetType,
      widget(name, { metadata: { name, namespace: 'team', ownerReferences, finalizers } }),
      signal,
    );
  const left = async (): Promise<string[]> =>
    (await client.list(WidgetType, {}, signal)).items.map(({ metadata }) => metadata.name);

  beforeEach(() => {
    start({ garbageCollection: true });
  });

  test('takes dependents, and theirs, with their owner', async () => {
    const parent = await owner('parent');
    await owned('child', [parent]);
    const { metadata } = (await client.get(WidgetType, key('child'), signal)) ?? widget('child');
    await owned('grandchild', [{ ...parent, name: 'child', uid: metadata.uid ?? '' }]);
    await owned('stranger', []);
    await client.delete(WidgetType, key('parent'), {}, signal);
    expect(await left()).toEqual(['stranger']);
  });

  test('spares who still has another owner', async () => {
    const [one, two] = [await owner('one'), await owner('two')];
    await owned('child', [one, two]);
    await client.delete(WidgetType, key('one'), {}, signal);
    expect(await left()).toEqual(['child', 'two']);
  });

  test('takes who names an owner that does not exist', async () => {
    const gone = await owner('gone');
    await client.delete(WidgetType, key('gone'), {}, signal);
    await owned('late', [gone]);
    expect(await left()).toEqual([]);
  });

  test('in the foreground lets the owner wait for its dependents', async () => {
    const parent = await owner('parent');
    await owned('child', [parent], ['qbo.io/slow']);
    await client.delete(WidgetType, key('parent'), { propagation: 'Foreground' }, signal);
    expect(await left()).toEqual(['child', 'parent']);
    expect((await client.get(WidgetType, key('child'), signal))?.metadata.deletionTimestamp).toBeDefined();
    await client.mergePatch(WidgetType, key('child'), { metadata: { finalizers: null } }, signal);
    expect(await left()).toEqual([]);
  });

  test('of orphans only takes the reference from them', async () => {
    const parent = await owner('parent');
    await owned('child', [parent]);
    await client.delete(WidgetType, key('parent'), { propagation: 'Orphan' }, signal);
    const child = await client.get(WidgetType, key('child'), signal);
    expect(child).toBeDefined();
    expect(child?.metadata).not.toHaveProperty('ownerReferences');
  });

  test('waits until an owner with finalizers is really gone', async () => {
    const parent = await owner('parent', ['qbo.io/slow']);
    await owned('child', [parent]);
    await client.delete(WidgetType, key('parent'), {}, signal);
    expect(await left()).toEqual(['child', 'parent']);
    await client.mergePatch(WidgetType, key('parent'), { metadata: { finalizers: null } }, signal);
    expect(await left()).toEqual([]);
  });
});
