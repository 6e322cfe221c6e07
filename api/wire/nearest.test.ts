import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { distance, nearest } from './nearest.ts';

test.each([
  ['get', 'get', 0],
  ['gt', 'get', 1],
  ['gte', 'get', 1],
  ['gett', 'get', 1],
  ['got', 'get', 1],
  ['', 'get', 3],
  ['kitten', 'sitting', 3],
])('from %s to %s it takes %i steps', (one, other, steps) => {
  expect(distance(one, other)).toBe(steps);
});

test('the way back is as long, and no way is shorter than the difference in length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
      const steps = distance(one, other);
      expect(distance(other, one)).toBe(steps);
      expect(steps).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
      expect(steps).toBeLessThanOrEqual(Math.max(one.length, other.length));
      expect(steps === 0).toBe(one === other);
    }),
  );
});

test('the nearest word is found whatever its case, and none where nothing is near', () => {
  const words = ['get', 'delete', 'start', 'stop'];
  expect(nearest('GET', words)).toBe('get');
  expect(nearest('delte', words)).toBe('delete');
  expect(nearest('strat', words)).toBe('start');
  expect(nearest('frobnicate', words)).toBeUndefined();
  expect(nearest('', words)).toBeUndefined();
  expect(nearest('get'.repeat(1000), words)).toBeUndefined();
});
