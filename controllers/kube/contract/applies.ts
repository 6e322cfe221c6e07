import { describe, expect, test } from '@jest/globals';
import { findCondition } from '../../runtime/condition.ts';
import type { KubeObject, Stored } from '../../runtime/object.ts';
import { ConfigMapType } from '../kinds.ts';
import { always, condition, configMap, key, widget, type SetUp, type Subject } from './subject.ts';
import { WidgetType, type Widget } from './widget.ts';

type Metadata = Partial<KubeObject['metadata']>;

const applyAs = (
  subject: Subject,
  fieldManager: string,
  spec?: Widget['spec'],
  metadata?: Metadata,
): Promise<Stored<Widget>> =>
  subject.client.apply(WidgetType, { ...widget(subject, 'a', spec, metadata), spec }, { fieldManager }, always);

const reportAs = (subject: Subject, fieldManager: string, status: Widget['status']): Promise<Stored<Widget>> =>
  subject.client.apply(
    WidgetType,
    { ...widget(subject, 'a'), spec: { colour: 'ignored' }, status },
    { fieldManager, subresource: 'status' },
    always,
  );

export function describeApplies(setUp: SetUp): void {
  describe('apply', () => {
    test('creates what is missing', async () => {
      const subject = await setUp();
      const applied = await applyAs(subject, 'one', { size: 1 });
      expect(applied).toMatchObject({ metadata: { name: 'a', generation: 1 }, spec: { size: 1 } });
      expect(applied.metadata).not.toHaveProperty('managedFields');
    });

    test('of the same thing again writes nothing', async () => {
      const subject = await setUp();
      const first = await applyAs(subject, 'one', { size: 1, parts: { a: '1' } }, { labels: { l: '1' } });
      const again = await applyAs(subject, 'one', { size: 1, parts: { a: '1' } }, { labels: { l: '1' } });
      expect(again).toEqual(first);
    });

    test('removes what its manager no longer applies', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { size: 1, colour: 'red', parts: { a: '1', b: '1' } });
      const less = await applyAs(subject, 'one', { size: 1, parts: { a: '1' } });
      expect(less.spec).toEqual({ size: 1, parts: { a: '1' } });
    });

    test('leaves what other managers own', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { size: 1, parts: { a: '1' } });
      await applyAs(subject, 'two', { colour: 'red', parts: { b: '2' } });
      const less = await applyAs(subject, 'one', { size: 1 });
      expect(less.spec).toEqual({ size: 1, colour: 'red', parts: { b: '2' } });
    });

    test('keeps a field that two managers own until both let go of it', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { size: 1, colour: 'red' });
      await applyAs(subject, 'two', { size: 1, colour: 'red' });
      expect((await applyAs(subject, 'one', { size: 1 })).spec).toEqual({ size: 1, colour: 'red' });
      expect((await applyAs(subject, 'two', { size: 1 })).spec).toEqual({ size: 1 });
    });

    test('takes a field over, and its former owner can no longer remove it', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { size: 1, colour: 'red' });
      await applyAs(subject, 'two', { colour: 'blue' });
      expect((await applyAs(subject, 'one', { size: 1 })).spec).toEqual({ size: 1, colour: 'blue' });
    });

    test('does not remove what somebody created or updated', async () => {
      const subject = await setUp();
      await subject.client.create(WidgetType, widget(subject, 'a', { size: 1, colour: 'red' }), always);
      await applyAs(subject, 'one', { size: 1 });
      expect((await applyAs(subject, 'one', { parts: { a: '1' } })).spec).toEqual({
        size: 1,
        colour: 'red',
        parts: { a: '1' },
      });
    });

    test('loses a field to an update that changes it', async () => {
      const subject = await setUp();
      const applied = await applyAs(subject, 'one', { size: 1, colour: 'red' });
      await subject.client.update(WidgetType, { ...applied, spec: { size: 1, colour: 'blue' } }, always);
      expect((await applyAs(subject, 'one', { size: 1 })).spec).toEqual({ size: 1, colour: 'blue' });
    });

    test('merges a keyed list by its keys', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { ports: [{ name: 'http', number: 80 }] });
      const both = await applyAs(subject, 'two', { ports: [{ name: 'https', number: 443 }] });
      expect(both.spec?.ports?.map(({ name }) => name).sort()).toEqual(['http', 'https']);
      const left = await applyAs(subject, 'one', { size: 1 });
      expect(left.spec).toEqual({ size: 1, ports: [{ name: 'https', number: 443 }] });
    });

    test('shares an item of a keyed list field by field', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { ports: [{ name: 'http', number: 80 }] });
      await applyAs(subject, 'two', { ports: [{ name: 'http' }] });
      expect((await applyAs(subject, 'one', { size: 1 })).spec).toEqual({ size: 1, ports: [{ name: 'http' }] });
    });

    test('replaces a plain list as a whole', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { path: ['a', 'b'] });
      expect((await applyAs(subject, 'two', { path: ['c'] })).spec).toEqual({ path: ['c'] });
    });

    test('leaves no labels behind when the last of them is let go', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { size: 1 }, { labels: { l: '1' } });
      expect((await applyAs(subject, 'one', { size: 1 })).metadata).not.toHaveProperty('labels');
    });

    test('by a second manager of the same values is a write, since it is now an owner too', async () => {
      const subject = await setUp();
      const first = await applyAs(subject, 'one', { size: 1 });
      const second = await applyAs(subject, 'two', { size: 1 });
      expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
      expect(second.metadata.generation).toBe(1);
    });

    test('with the uid of an object that is gone creates nothing', async () => {
      const subject = await setUp();
      const uid = '00000000-0000-4000-8000-000000000000';
      await expect(applyAs(subject, 'one', { size: 1 }, { uid })).rejects.toMatchObject({ code: 409 });
      expect(await subject.client.get(WidgetType, key(subject, 'a'), always)).toBeUndefined();
    });

    test('with an older resourceVersion is a Conflict', async () => {
      const subject = await setUp();
      const { metadata } = await applyAs(subject, 'one', { size: 1 });
      await applyAs(subject, 'one', { size: 2 });
      const { resourceVersion } = metadata;
      const late = applyAs(subject, 'one', { size: 3 }, { resourceVersion });
      await expect(late).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    });

    test('works on the kinds of the core group', async () => {
      const subject = await setUp();
      const options = { fieldManager: 'one' };
      const apply = (data: Record<string, string>): Promise<unknown> =>
        subject.client.apply(ConfigMapType, { ...configMap(subject, 'a', data) }, options, always);
      await apply({ a: '1', b: '1' });
      expect(await apply({ b: '2' })).toMatchObject({ data: { b: '2' } });
    });
  });

  describe('status', () => {
    test('is not taken by create, update, apply or patch', async () => {
      const subject = await setUp();
      const { client } = subject;
      const status = { phase: 'Wrong' };
      const created = await client.create(WidgetType, { ...widget(subject, 'a'), status }, always);
      const updated = await client.update(WidgetType, { ...created, status }, always);
      const applied = await client.apply(
        WidgetType,
        { ...widget(subject, 'a'), status },
        { fieldManager: 'x' },
        always,
      );
      const patched = await client.mergePatch(WidgetType, key(subject, 'a'), { status }, always);
      for (const object of [created, updated, applied, patched]) expect(object).not.toHaveProperty('status');
    });

    test('is all that the status subresource takes', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { size: 1 });
      const reported = await reportAs(subject, 'one', { phase: 'Good' });
      expect(reported).toMatchObject({ spec: { size: 1 }, status: { phase: 'Good' } });
      expect(reported.spec).toEqual({ size: 1 });
      expect((await applyAs(subject, 'one', { size: 2 })).status).toEqual({ phase: 'Good' });
    });

    test('of an object that is gone is NotFound', async () => {
      const subject = await setUp();
      await expect(reportAs(subject, 'one', { phase: 'Good' })).rejects.toMatchObject({ code: 404 });
    });

    test('that is the same again writes nothing', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { size: 1 });
      const first = await reportAs(subject, 'one', { phase: 'Good', conditions: [condition('Ready')] });
      const again = await reportAs(subject, 'one', { phase: 'Good', conditions: [condition('Ready')] });
      expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    });

    test('has conditions of several managers side by side', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { size: 1 });
      await reportAs(subject, 'one', { conditions: [condition('Ready'), condition('Old')] });
      await reportAs(subject, 'two', { conditions: [condition('Reachable', 'False')] });
      const { status } = await reportAs(subject, 'one', { conditions: [condition('Ready', 'False')] });
      expect(status?.conditions).toHaveLength(2);
      expect(findCondition(status?.conditions, 'Ready')?.status).toBe('False');
      expect(findCondition(status?.conditions, 'Reachable')?.status).toBe('False');
    });

    test('keeps conditions in the order in which they are applied', async () => {
      const subject = await setUp();
      await applyAs(subject, 'one', { size: 1 });
      await reportAs(subject, 'one', { conditions: [condition('B'), condition('C')] });
      const { status } = await reportAs(subject, 'one', {
        conditions: [condition('A'), condition('B'), condition('C')],
      });
      expect(status?.conditions?.map(({ type }) => type)).toEqual(['A', 'B', 'C']);
    });
  });
}
