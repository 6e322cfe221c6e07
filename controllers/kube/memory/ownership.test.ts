import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applier, applyConfiguration, replaceObject, sameOwners, updater, type Owned } from './ownership.ts';
import type { Tree } from './tree.ts';

const lists = { 'spec.items': ['name'] };
const nothing: Owned = { object: {}, owners: new Map() };
const one = applier('one');
const two = applier('two');

const scalar = fc.constantFrom(1, 2, 'x', true);
const items = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c'), value: scalar }), {
  selector: ({ name }) => name,
  minLength: 1,
});
const map = fc.dictionary(fc.constantFrom('p', 'q', 'r'), scalar, { minKeys: 1 });
const spec = fc.record({ number: scalar, map, items, list: fc.array(scalar) }, { requiredKeys: [] });
const configuration = spec.filter((value) => Object.keys(value).length > 0).map((value): Tree => ({ spec: value }));

describe('server-side apply', () => {
  test('of anything twice is the same as once', () => {
    fc.assert(
      fc.property(configuration, configuration, (start, wanted) => {
        const once = applyConfiguration(replaceObject(nothing, start, updater('u'), lists), wanted, one, lists);
        const twice = applyConfiguration(once, wanted, one, lists);
        expect(twice.object).toEqual(once.object);
        expect(sameOwners(twice.owners, once.owners)).toBe(true);
      }),
    );
  });

  test('of nothing takes back all that was applied', () => {
    fc.assert(
      fc.property(configuration, configuration, (first, second) => {
        const applied = [first, second].reduce((live, wanted) => applyConfiguration(live, wanted, one, lists), nothing);
        expect(applyConfiguration(applied, {}, one, lists)).toEqual({ object: {}, owners: new Map() });
      }),
    );
  });

  test('by one manager has exactly what it applied last', () => {
    fc.assert(
      fc.property(fc.array(configuration, { minLength: 1 }), (history) => {
        const { object } = history.reduce((live, wanted) => applyConfiguration(live, wanted, one, lists), nothing);
        expect(sorted(object)).toEqual(sorted(history.at(-1) ?? {}));
      }),
    );
  });

  test('by one manager leaves nothing of it when another takes all of it over', () => {
    fc.assert(
      fc.property(configuration, (wanted) => {
        const theirs = applyConfiguration(nothing, wanted, two, lists);
        const both = applyConfiguration(theirs, wanted, one, lists);
        expect(applyConfiguration(both, {}, one, lists)).toEqual(theirs);
      }),
    );
  });
});

/** Items of a keyed list have no order of their own. */
const sorted = (tree: Tree): string =>
  JSON.stringify(tree, (_, value: unknown) =>
    Array.isArray(value) && typeof value[0] === 'object'
      ? (value as { name: string }[]).toSorted((a, b) => (a.name < b.name ? -1 : 1))
      : typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
