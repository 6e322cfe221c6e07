import { describe, expect, test } from '@jest/globals';
import type { KubeClient, ResourceType, WatchEvent } from '../client.ts';
import { ConfigMapType, type ConfigMap } from '../kinds.ts';
import { Discovery } from '../discovery.ts';
import { always, configMap, key, take, widget, type SetUp, type Subject } from './subject.ts';
import { WidgetType, type Widget } from './widget.ts';

const names = (items: Iterable<{ readonly metadata: { readonly name: string } }>): string[] =>
  Array.from(items, ({ metadata }) => metadata.name);

const told = (events: readonly WatchEvent<ConfigMap>[]): string[] =>
  events.map(({ type, object }) => `${type} ${object.metadata.name} ${object.data?.['k'] ?? ''}`.trim());

async function seed(subject: Subject, ...wanted: string[]): Promise<void> {
  for (const name of wanted) {
    const labels = { first: name.charAt(0), last: name.slice(-1) };
    await subject.client.create(ConfigMapType, configMap(subject, name, {}, { labels }), always);
  }
}

const listed = async ({ client, namespace }: Subject, options: object): Promise<string[]> =>
  names((await client.list(ConfigMapType, { namespace, ...options }, always)).items).filter(
    (name) => !/^kube-/.test(name),
  );

export function describeReads(setUp: SetUp): void {
  const missing: ResourceType<Widget> = { ...WidgetType, kind: 'Gadget', plural: 'gadgets' };

  describe('get', () => {
    test('finds nothing where nothing is', async () => {
      const subject = await setUp();
      expect(await subject.client.get(ConfigMapType, key(subject, 'none'), always)).toBeUndefined();
    });

    test('of a kind that the server does not serve is an error, not an absence', async () => {
      const subject = await setUp();
      const asked = subject.client.get(missing, key(subject, 'a'), always);
      await expect(asked).rejects.toMatchObject({ name: 'KubeApiError', code: 404 });
    });

    test('rejects with the reason of a signal that was aborted before', async () => {
      const subject = await setUp();
      const reason = new Error('no longer wanted');
      const asked = subject.client.get(ConfigMapType, key(subject, 'a'), AbortSignal.abort(reason));
      await expect(asked).rejects.toBe(reason);
    });
  });

  describe('list', () => {
    test('shows what is in the namespace, by name, each with its kind', async () => {
      const subject = await setUp();
      await seed(subject, 'b', 'a');
      const { items, resourceVersion } = await subject.client.list(
        ConfigMapType,
        { namespace: subject.namespace, labelSelector: 'first' },
        always,
      );
      expect(names(items)).toEqual(['a', 'b']);
      expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
      expect(Number(resourceVersion)).toBeGreaterThanOrEqual(Number(items[0]?.metadata.resourceVersion));
    });

    test('without a namespace shows all of them', async () => {
      const one = await setUp();
      const two = { ...(await setUp()), client: one.client };
      await one.client.create(WidgetType, widget(one, 'here'), always);
      await one.client.create(WidgetType, widget(two, 'there'), always);
      const { items } = await one.client.list(WidgetType, {}, always);
      const namespaces = items.map(({ metadata }) => metadata.namespace);
      expect(namespaces).toEqual(expect.arrayContaining([one.namespace, two.namespace]));
    });

    test.each([
      ['first=a', ['ax', 'ay']],
      ['first==a,last!=x', ['ay']],
      ['first in (a,b),last=x', ['ax', 'bx']],
      ['first notin (a,b)', ['cx']],
      ['first,!nothing', ['ax', 'ay', 'bx', 'cx']],
      ['nothing', []],
    ])('selects by labels: %s', async (labelSelector, wanted) => {
      const subject = await setUp();
      await seed(subject, 'ax', 'ay', 'bx', 'cx');
      // Every namespace of a real cluster has a ConfigMap of its own.
      expect(await listed(subject, { labelSelector: `${labelSelector},first` })).toEqual(wanted);
    });

    test('selects by name', async () => {
      const subject = await setUp();
      await seed(subject, 'a', 'b');
      expect(await listed(subject, { fieldSelector: 'metadata.name=b' })).toEqual(['b']);
    });

    test('refuses a selector that can not be read, and a field that can not be selected by', async () => {
      const subject = await setUp();
      const bad = { name: 'KubeApiError', code: 400, reason: 'BadRequest' };
      await expect(listed(subject, { labelSelector: 'a in b' })).rejects.toMatchObject(bad);
      await expect(listed(subject, { fieldSelector: 'data.k=1' })).rejects.toMatchObject(bad);
    });

    test('comes in pages', async () => {
      const subject = await setUp();
      const { client, namespace } = subject;
      for (const name of ['a', 'b', 'c']) await client.create(WidgetType, widget(subject, name), always);
      const first = await client.list(WidgetType, { namespace, limit: 2 }, always);
      expect(names(first.items)).toEqual(['a', 'b']);
      const rest = await client.list(WidgetType, { namespace, limit: 2, continue: first.continue ?? '' }, always);
      expect(names(rest.items)).toEqual(['c']);
      expect(rest.continue).toBeUndefined();
    });
  });

  describe('watch', () => {
    const watch = (subject: Subject, options: object = {}): AsyncIterable<WatchEvent<ConfigMap>> => {
      const { client, namespace } = subject;
      return client.watch(ConfigMapType, { namespace, resourceVersion: '', ...options }, always);
    };
    const now = async ({ client, namespace }: Subject): Promise<string> =>
      (await client.list(ConfigMapType, { namespace }, always)).resourceVersion;

    test('tells what has happened since a list, in order', async () => {
      const subject = await setUp();
      await seed(subject, 'before');
      const resourceVersion = await now(subject);
      await seed(subject, 'a');
      await subject.client.mergePatch(ConfigMapType, key(subject, 'a'), { data: { k: '1' } }, always);
      await subject.client.delete(ConfigMapType, key(subject, 'a'), {}, always);
      const events = await take(watch(subject, { resourceVersion, fieldSelector: 'metadata.name=a' }), 3);
      expect(told(events)).toEqual(['ADDED a', 'MODIFIED a 1', 'DELETED a 1']);
      const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    });

    test('tells what happens while it is open', async () => {
      const subject = await setUp();
      const resourceVersion = await now(subject);
      const events = take(watch(subject, { resourceVersion, fieldSelector: 'metadata.name=a' }), 1);
      await seed(subject, 'a');
      expect(told(await events)).toEqual(['ADDED a']);
    });

    test('with a selector tells that an object has come into its sight and has left it', async () => {
      const subject = await setUp();
      const resourceVersion = await now(subject);
      await subject.client.create(ConfigMapType, configMap(subject, 'a'), always);
      for (const seen of ['yes', 'no']) {
        await subject.client.mergePatch(ConfigMapType, key(subject, 'a'), { metadata: { labels: { seen } } }, always);
      }
      const events = await take(watch(subject, { resourceVersion, labelSelector: 'seen=yes' }), 2);
      expect(told(events)).toEqual(['ADDED a', 'DELETED a']);
    });

    test('of an older moment than is known is refused as Expired', async () => {
      const subject = await setUp();
      await subject.client.create(WidgetType, widget(subject, 'a'), always);
      subject.expireHistory();
      const events = take(subject.client.watch(WidgetType, { resourceVersion: '1' }, always), 1);
      await expect(events).rejects.toMatchObject({ name: 'KubeApiError', code: 410 });
    });

    test('of a kind that the server does not serve is an error', async () => {
      const { client } = await setUp();
      await expect(take(client.watch(missing, { resourceVersion: '' }, always), 1)).rejects.toMatchObject({
        code: 404,
      });
    });

    test('ends when its time is over', async () => {
      const subject = await setUp();
      const resourceVersion = await now(subject);
      const events = await take(watch(subject, { resourceVersion, timeoutSeconds: 1 }), 100);
      expect(events.filter(({ type }) => type !== 'BOOKMARK')).toEqual([]);
    });

    test('throws the reason of its signal', async () => {
      const { client, namespace } = await setUp();
      const aborter = new AbortController();
      const { resourceVersion } = await client.list(ConfigMapType, { namespace }, always);
      const events = client.watch(ConfigMapType, { namespace, resourceVersion }, aborter.signal);
      const next = take(events, 1);
      const reason = new Error('no longer wanted');
      aborter.abort(reason);
      await expect(next).rejects.toBe(reason);
    });

    test('carries large objects and every character', async () => {
      const subject = await setUp();
      const resourceVersion = await now(subject);
      const k = '🚢é'.repeat(60_000);
      await subject.client.create(ConfigMapType, configMap(subject, 'big', { k }), always);
      const [event] = await take(watch(subject, { resourceVersion, fieldSelector: 'metadata.name=big' }), 1);
      expect(event?.object.data?.['k'] === k).toBe(true);
    });
  });

  describe('plain paths', () => {
    test('tell that the server is ready', async () => {
      const { client } = await setUp();
      expect(await client.raw('/readyz', always)).toBe('ok');
    });

    test('that lead nowhere are NotFound', async () => {
      const { client } = await setUp();
      await expect(client.raw('/apis/nowhere.example/v1', always)).rejects.toMatchObject({ code: 404 });
    });

    test('tell where a kind lives', async () => {
      const { client } = await setUp();
      expect(await typeOf(client, WidgetType)).toEqual(WidgetType);
      await expect(typeOf(client, missing)).rejects.toThrow('serves no kind Gadget');
    });
  });
}

const typeOf = (client: KubeClient, manifest: { apiVersion: string; kind: string }): Promise<unknown> =>
  new Discovery(client).resourceTypeOf(manifest, always);
