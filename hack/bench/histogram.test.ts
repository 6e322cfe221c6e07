import { expect, test } from '@jest/globals';
import { bucketsOf, quantile, sumOf } from './histogram.ts';

const SAMPLES = new Map([
  ['took_bucket{le="0.1",of="a"}', 90],
  ['took_bucket{le="0.2",of="a"}', 98],
  ['took_bucket{le="+Inf",of="a"}', 100],
  ['took_bucket{le="0.1",of="b"}', 100],
  ['took_bucket{le="0.2",of="b"}', 100],
  ['took_bucket{le="+Inf",of="b"}', 100],
  ['took_count{of="a"}', 100],
  ['took_count{of="b"}', 100],
]);

test('a histogram is summed over its labels', () => {
  expect(bucketsOf(SAMPLES, 'took')).toEqual([
    [0.1, 190],
    [0.2, 198],
    [Infinity, 200],
  ]);
  expect(sumOf(SAMPLES, 'took_count')).toBe(200);
  expect(sumOf(SAMPLES, 'took_count', (series) => series.includes('"a"'))).toBe(100);
});

test('what was there before does not count', () => {
  const since = new Map([...SAMPLES].filter(([series]) => series.includes('"b"')));
  expect(bucketsOf(SAMPLES, 'took', since).at(-1)).toEqual([Infinity, 100]);
});

test('a quantile lies evenly in its bucket, and in the last bucket at its beginning', () => {
  const buckets = bucketsOf(SAMPLES, 'took');
  expect(quantile(buckets, 0.5)).toBeCloseTo(0.0526, 3);
  expect(quantile(buckets, 0.97)).toBeCloseTo(0.15, 3);
  expect(quantile(buckets, 0.999)).toBe(0.2);
  expect(quantile([], 0.5)).toBeNaN();
});
