import { describe, expect, test } from '@jest/globals';
import { ConfigMapType } from '../kinds.ts';
import { always, configMap, key, widget, type SetUp } from './subject.ts';
import { WidgetType } from './widget.ts';

export function describeDeletes(setUp: SetUp): void {
  describe('delete', () => {
    test('removes the object', async () => {
      const subject = await setUp();
      await subject.client.create(ConfigMapType, configMap(subject, 'a'), always);
      await subject.client.delete(ConfigMapType, key(subject, 'a'), {}, always);
      expect(await subject.client.get(ConfigMapType, key(subject, 'a'), always)).toBeUndefined();
    });

    test('of what is not there is done already', async () => {
      const subject = await setUp();
      await expect(subject.client.delete(ConfigMapType, key(subject, 'none'), {}, always)).resolves.toBeUndefined();
      await expect(subject.client.evict(key(subject, 'none'), always)).resolves.toBeUndefined();
    });

    test('by uid spares another object of the same name', async () => {
      const subject = await setUp();
      const { client } = subject;
      const { metadata } = await client.create(ConfigMapType, configMap(subject, 'a'), always);
      const other = '00000000-0000-4000-8000-000000000000';
      const wrong = client.delete(ConfigMapType, key(subject, 'a'), { uid: other }, always);
      await expect(wrong).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
      await client.delete(ConfigMapType, key(subject, 'a'), { uid: metadata.uid }, always);
      expect(await client.get(ConfigMapType, key(subject, 'a'), always)).toBeUndefined();
    });

    test('without a name is refused, instead of deleting everything', async () => {
      const subject = await setUp();
      await subject.client.create(ConfigMapType, configMap(subject, 'a'), always);
      const all = subject.client.delete(ConfigMapType, key(subject, ''), {}, always);
      await expect(all).rejects.toMatchObject({ code: 400 });
      expect(await subject.client.get(ConfigMapType, key(subject, 'a'), always)).toBeDefined();
    });
  });

  describe('finalizers', () => {
    test('keep a deleted object until the last of them is removed', async () => {
      const subject = await setUp();
      const { client } = subject;
      const made = widget(subject, 'a', {}, { finalizers: ['qbo.io/one', 'qbo.io/two'] });
      const { metadata } = await client.create(WidgetType, made, always);
      await client.delete(WidgetType, key(subject, 'a'), {}, always);
      const dying = await client.get(WidgetType, key(subject, 'a'), always);
      expect(dying?.metadata.deletionTimestamp).toMatch(/Z$/);
      expect(dying?.metadata.generation).toBe((metadata.generation ?? 0) + 1);

      const leave = (finalizers: string[]): Promise<unknown> =>
        client.mergePatch(WidgetType, key(subject, 'a'), { metadata: { finalizers } }, always);
      await leave(['qbo.io/two']);
      expect(await client.get(WidgetType, key(subject, 'a'), always)).toBeDefined();
      await leave([]);
      expect(await client.get(WidgetType, key(subject, 'a'), always)).toBeUndefined();
    });

    test('let a second delete change nothing', async () => {
      const subject = await setUp();
      const { client } = subject;
      await client.create(WidgetType, widget(subject, 'a', {}, { finalizers: ['qbo.io/one'] }), always);
      await client.delete(WidgetType, key(subject, 'a'), {}, always);
      const first = await client.get(WidgetType, key(subject, 'a'), always);
      await client.delete(WidgetType, key(subject, 'a'), {}, always);
      expect(await client.get(WidgetType, key(subject, 'a'), always)).toEqual(first);
    });

    test('can not be added to an object that is being deleted', async () => {
      const subject = await setUp();
      const { client } = subject;
      await client.create(WidgetType, widget(subject, 'a', {}, { finalizers: ['qbo.io/one'] }), always);
      await client.delete(WidgetType, key(subject, 'a'), {}, always);
      const late = { metadata: { finalizers: ['qbo.io/one', 'qbo.io/late'] } };
      const patched = client.mergePatch(WidgetType, key(subject, 'a'), late, always);
      await expect(patched).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
    });

    test('applied by one manager go when that manager applies none', async () => {
      const subject = await setUp();
      const { client } = subject;
      await client.create(WidgetType, widget(subject, 'a', {}, { finalizers: ['qbo.io/mine'] }), always);
      const apply = (finalizers: string[]): Promise<unknown> =>
        client.apply(
          WidgetType,
          { ...widget(subject, 'a', undefined, { finalizers }), spec: undefined },
          { fieldManager: 'finalizing' },
          always,
        );
      await apply(['qbo.io/theirs']);
      const both = await client.get(WidgetType, key(subject, 'a'), always);
      expect([...(both?.metadata.finalizers ?? [])].sort()).toEqual(['qbo.io/mine', 'qbo.io/theirs']);
      await apply([]);
      expect((await client.get(WidgetType, key(subject, 'a'), always))?.metadata.finalizers).toEqual(['qbo.io/mine']);
    });
  });
}
