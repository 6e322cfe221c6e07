import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSameJson } from './json.ts';

test('a value is the same as what comes back from the wire', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.constant(undefined))), (value) => {
      const back: unknown = JSON.parse(JSON.stringify(value));
      // JSON has no negative zero.
      fc.pre(
        !JSON.stringify(Object.values(value), (_, each: unknown) => (Object.is(each, -0) ? '-0' : each)).includes(
          '"-0"',
        ),
      );
      expect(isSameJson(value, back)).toBe(true);
    }),
  );
});

test('two values are the same exactly when they are written the same, fields sorted', () => {
  const small = fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom('a', 'b') });
  const written = (value: unknown): string =>
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    );
  fc.assert(
    fc.property(small, small, (a, b) => {
      expect(isSameJson(a, b)).toBe(written(a) === written(b));
    }),
  );
});

test.each([
  [{ a: 1 }, { a: 1, b: undefined }, true],
  [{ a: undefined }, { b: undefined }, true],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  [{ a: undefined }, { a: null }, false],
  [{ a: undefined, b: 1 }, { a: 1, b: undefined }, false],
])('%j and %j: %s', (a, b, isSame) => {
  expect(isSameJson(a, b)).toBe(isSame);
});
