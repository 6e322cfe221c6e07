import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { KubeObject } from './object.ts';
import { Store } from './store.ts';

interface Thing extends KubeObject {
  readonly colours: readonly string[];
}

const thing = (name: string, resourceVersion = '1', colours: readonly string[] = []): Thing => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion },
  colours,
});

const named = (things: readonly Thing[]): string[] => things.map(({ metadata }) => metadata.name).sort();

test('an object is found by its key, in either form', () => {
  const store = new Store<Thing>();
  const a = thing('a');
  store.upsert(a);

  expect(store.get({ namespace: 'default', name: 'a' })).toBe(a);
  expect(store.get('default/a')).toBe(a);
  expect(store.get('a')).toBeUndefined();
});

test('putting and deleting give back what was there', () => {
  const store = new Store<Thing>();
  const first = thing('a', '1');
  const second = thing('a', '2');

  expect(store.upsert(first)).toBeUndefined();
  expect(store.upsert(second)).toBe(first);
  expect(store.delete('default/a')).toBe(second);
  expect(store.delete('default/a')).toBeUndefined();
  expect(store.size).toBe(0);
});

test('replacing tells what was added, changed and deleted, by equality of versions', () => {
  const store = new Store<Thing>();
  const [same, changed, gone] = [thing('same', '1'), thing('changed', '9'), thing('gone', '1')];
  for (const each of [same, changed, gone]) store.upsert(each);
  const anew = { ...thing('same', '1'), metadata: { ...same.metadata, uid: 'another' } };
  // An older-looking version is a change like any other.
  const now = [thing('changed', '10'), thing('added'), anew];

  const { added, updated, deleted } = store.replace(now);

  expect(named(added)).toEqual(['added']);
  expect(updated).toEqual([
    { old: changed, object: now[0] },
    { old: same, object: anew },
  ]);
  expect(deleted).toEqual([gone]);
  expect(named(store.list())).toEqual(['added', 'changed', 'same']);
  expect(store.replace(now)).toEqual({ added: [], updated: [], deleted: [] });
});

describe('indexes', () => {
  test('of objects that were there before', () => {
    const store = new Store<Thing>();
    store.upsert(thing('a', '1', ['red', 'blue']));
    store.addIndex('colour', ({ colours }) => colours);

    expect(named(store.byIndex('colour', 'blue'))).toEqual(['a']);
  });

  test('that do not exist, or do already, are errors', () => {
    const store = new Store<Thing>();
    store.addIndex('colour', ({ colours }) => colours);

    expect(() => store.byIndex('shape', 'round')).toThrow('no index shape');
    expect(() => {
      store.addIndex('colour', () => []);
    }).toThrow('has an index colour already');
  });

  test('give in every history what looking at every object would give', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const object = fc
      .record({ name, colours: fc.uniqueArray(fc.constantFrom('red', 'blue', 'green')), version: fc.nat(3) })
      .map(({ name: each, colours, version }) => thing(each, String(version), colours));
    const step = fc.oneof(
      fc.record({ put: object }),
      fc.record({ remove: name }),
      fc.record({ replace: fc.uniqueArray(object, { selector: ({ metadata }) => metadata.name }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (history) => {
        const store = new Store<Thing>();
        store.addIndex('colour', ({ colours }) => colours);
        const model = new Map<string, Thing>();
        for (const each of history) {
          if ('put' in each) {
            store.upsert(each.put);
            model.set(each.put.metadata.name, each.put);
          } else if ('remove' in each) {
            store.delete(`default/${each.remove}`);
            model.delete(each.remove);
          } else {
            store.replace(each.replace);
            model.clear();
            for (const put of each.replace) model.set(put.metadata.name, put);
          }
        }
        expect(named(store.list())).toEqual([...model.keys()].sort());
        for (const colour of ['red', 'blue', 'green']) {
          const expected = [...model.values()].filter(({ colours }) => colours.includes(colour));
          expect(new Set(store.byIndex('colour', colour))).toEqual(new Set(expected));
        }
      }),
    );
  });
});
