import { describe, expect, test } from '@jest/globals';
import { ConfigMapType, SecretType, ServiceAccountType, type Secret } from '../kinds.ts';
import { always, configMap, key, widget, type SetUp } from './subject.ts';
import { WidgetType } from './widget.ts';

export function describeWrites(setUp: SetUp): void {
  describe('create', () => {
    test('gives an object what only the server can give', async () => {
      const subject = await setUp();
      const created = await subject.client.create(WidgetType, widget(subject, 'a', { size: 1 }), always);
      expect(created).toMatchObject({ apiVersion: 'contract.qbo.io/v1', kind: 'Widget', spec: { size: 1 } });
      expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(created.metadata.resourceVersion).toMatch(/^\d+$/);
      expect(created.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(created.metadata.generation).toBe(1);
      expect(created.metadata).not.toHaveProperty('managedFields');
      expect(await subject.client.get(WidgetType, key(subject, 'a'), always)).toEqual(created);
    });

    test('refuses a name that is taken, and leaves the object of that name alone', async () => {
      const subject = await setUp();
      await subject.client.create(ConfigMapType, configMap(subject, 'a', { k: '1' }), always);
      const again = subject.client.create(ConfigMapType, configMap(subject, 'a', { k: '2' }), always);
      await expect(again).rejects.toMatchObject({ name: 'KubeApiError', code: 409, reason: 'AlreadyExists' });
      expect(await subject.client.get(ConfigMapType, key(subject, 'a'), always)).toMatchObject({ data: { k: '1' } });
    });

    test('takes the text of a Secret and keeps it as data', async () => {
      const subject = await setUp();
      const { metadata } = configMap(subject, 'a');
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: { k: 'text' } };
      const created = await subject.client.create<Secret>(SecretType, secret, always);
      expect(created).not.toHaveProperty('stringData');
      expect(created.data).toEqual({ k: 'dGV4dA==' });
    });

    test('makes a name from generateName', async () => {
      const subject = await setUp();
      const { metadata, ...rest } = configMap(subject, '');
      const nameless = { ...rest, metadata: { ...metadata, generateName: 'made-' } };
      const { metadata: made } = await subject.client.create(ConfigMapType, nameless, always);
      expect(made.name).toMatch(/^made-[a-z0-9]{5}$/);
    });

    test.each([
      ['a name that is not a DNS subdomain', 'Not_A_Name', {}],
      ['a label that is too long', 'fine', { labels: { key: 'x'.repeat(64) } }],
      ['a label key with a space', 'fine', { labels: { 'a b': 'x' } }],
    ])('refuses %s as Invalid', async (_, name, metadata) => {
      const subject = await setUp();
      const created = subject.client.create(ConfigMapType, configMap(subject, name, {}, metadata), always);
      await expect(created).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
    });

    test('refuses a namespaced object that names no namespace', async () => {
      const subject = await setUp();
      const created = subject.client.create(ConfigMapType, configMap({ ...subject, namespace: '' }, 'a'), always);
      await expect(created).rejects.toMatchObject({ code: 400, reason: 'BadRequest' });
    });

    test('keeps every character', async () => {
      const subject = await setUp();
      const data = { text: 'größer — 日本語 🚢\u0000\n"quoted"' };
      const created = await subject.client.create(ConfigMapType, configMap(subject, 'a', data), always);
      expect(created.data).toEqual(data);
    });
  });

  describe('update', () => {
    test('replaces the object, and what is left out is gone', async () => {
      const subject = await setUp();
      const stored = await subject.client.create(WidgetType, widget(subject, 'a', { size: 1, colour: 'red' }), always);
      await subject.client.update(WidgetType, { ...stored, spec: { size: 2 } }, always);
      expect((await subject.client.get(WidgetType, key(subject, 'a'), always))?.spec).toEqual({ size: 2 });
    });

    test('of an older version is a Conflict', async () => {
      const subject = await setUp();
      const old = await subject.client.create(WidgetType, widget(subject, 'a', { size: 1 }), always);
      await subject.client.update(WidgetType, { ...old, spec: { size: 2 } }, always);
      const late = subject.client.update(WidgetType, { ...old, spec: { size: 3 } }, always);
      await expect(late).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    });

    test('without a version is taken for a ConfigMap and refused for a custom resource', async () => {
      const subject = await setUp();
      await subject.client.create(ConfigMapType, configMap(subject, 'a'), always);
      await subject.client.create(WidgetType, widget(subject, 'a'), always);
      const updated = await subject.client.update(ConfigMapType, configMap(subject, 'a', { k: 'v' }), always);
      expect(updated.data).toEqual({ k: 'v' });
      const refused = subject.client.update(WidgetType, widget(subject, 'a', { size: 1 }), always);
      await expect(refused).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
    });

    test('that changes nothing keeps the resourceVersion', async () => {
      const subject = await setUp();
      const stored = await subject.client.create(WidgetType, widget(subject, 'a', { size: 1 }), always);
      const updated = await subject.client.update(WidgetType, stored, always);
      expect(updated.metadata.resourceVersion).toBe(stored.metadata.resourceVersion);
    });

    test('of an object that is gone is NotFound', async () => {
      const subject = await setUp();
      const updated = subject.client.update(ConfigMapType, configMap(subject, 'none'), always);
      await expect(updated).rejects.toMatchObject({ code: 404, reason: 'NotFound' });
    });

    test('can not change what the server gave', async () => {
      const subject = await setUp();
      const stored = await subject.client.create(WidgetType, widget(subject, 'a'), always);
      const metadata = { ...stored.metadata, creationTimestamp: '2001-01-01T00:00:00Z', generation: 77 };
      const updated = await subject.client.update(WidgetType, { ...stored, metadata, spec: { size: 1 } }, always);
      const { creationTimestamp } = stored.metadata;
      expect(updated.metadata).toMatchObject({ creationTimestamp, generation: 2 });
    });

    test('can not delete', async () => {
      const subject = await setUp();
      const stored = await subject.client.create(WidgetType, widget(subject, 'a'), always);
      const metadata = { ...stored.metadata, deletionTimestamp: '2001-01-01T00:00:00Z' };
      const updated = subject.client.update(WidgetType, { ...stored, metadata }, always);
      await expect(updated).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
    });
  });

  describe('generation', () => {
    test('counts changes of the specification only', async () => {
      const subject = await setUp();
      const { client } = subject;
      const one = await client.create(WidgetType, widget(subject, 'a', { size: 1 }), always);
      const labelled = await client.mergePatch(
        WidgetType,
        key(subject, 'a'),
        { metadata: { labels: { l: '1' } } },
        always,
      );
      const status = { ...widget(subject, 'a'), spec: undefined, status: { phase: 'Good' } };
      const reported = await client.apply(WidgetType, status, { fieldManager: 'm', subresource: 'status' }, always);
      const resized = await client.mergePatch(WidgetType, key(subject, 'a'), { spec: { size: 2 } }, always);
      const seen = [one, labelled, reported, resized].map(({ metadata }) => metadata);
      expect(seen.map(({ generation }) => generation)).toEqual([1, 1, 1, 2]);
      expect(new Set(seen.map(({ resourceVersion }) => resourceVersion)).size).toBe(4);
    });

    test('is not there for a ConfigMap', async () => {
      const subject = await setUp();
      const { metadata } = await subject.client.create(ConfigMapType, configMap(subject, 'a'), always);
      expect(metadata).not.toHaveProperty('generation');
    });
  });

  describe('merge patch', () => {
    test('changes what it names, removes what it sets to null, and leaves the rest', async () => {
      const subject = await setUp();
      await subject.client.create(
        ConfigMapType,
        configMap(subject, 'a', { kept: '1', gone: '1', changed: '1' }),
        always,
      );
      const patch = { data: { gone: null, changed: '2', added: '2' } };
      const patched = await subject.client.mergePatch(ConfigMapType, key(subject, 'a'), patch, always);
      expect(patched.data).toEqual({ kept: '1', changed: '2', added: '2' });
    });

    test('of an object that is gone is NotFound', async () => {
      const subject = await setUp();
      const patched = subject.client.mergePatch(ConfigMapType, key(subject, 'none'), { data: {} }, always);
      await expect(patched).rejects.toMatchObject({ code: 404 });
    });

    test('with an older resourceVersion is a Conflict', async () => {
      const subject = await setUp();
      const old = await subject.client.create(ConfigMapType, configMap(subject, 'a'), always);
      await subject.client.mergePatch(ConfigMapType, key(subject, 'a'), { data: { k: '1' } }, always);
      const patch = { metadata: { resourceVersion: old.metadata.resourceVersion }, data: { k: '2' } };
      const late = subject.client.mergePatch(ConfigMapType, key(subject, 'a'), patch, always);
      await expect(late).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    });
  });

  describe('requestToken', () => {
    test('gives a token of the account, and says when it ends', async () => {
      const { client, namespace } = await setUp();
      const { apiVersion, kind } = ServiceAccountType;
      await client.create(ServiceAccountType, { apiVersion, kind, metadata: { name: 'a', namespace } }, always);
      const { token, expiresAt } = await client.requestToken({ namespace, name: 'a' }, 3_600, always);
      expect(token).not.toBe('');
      expect(expiresAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    });

    test('of an account that is not there is refused', async () => {
      const { client, namespace } = await setUp();
      const asked = client.requestToken({ namespace, name: 'none' }, 3_600, always);
      await expect(asked).rejects.toMatchObject({ code: 404, reason: 'NotFound' });
    });
  });
}
