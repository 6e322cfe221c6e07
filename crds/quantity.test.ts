import { expect, test } from '@jest/globals';
import { bytes, millicpus, parseQuantity } from './quantity.ts';

test.each([
  [2, 2000],
  ['2', 2000],
  ['1500m', 1500],
  ['1.1', 1100],
  ['.5', 500],
  ['5.', 5000],
  ['2e0', 2000],
  ['100u', 1],
  ['1k', 1_000_000],
])('%p CPUs are %i thousandths', (quantity, expected) => {
  expect(millicpus(quantity)).toBe(expected);
});

test.each([
  [1024, 1024],
  ['512Mi', 536_870_912],
  ['2G', 2_000_000_000],
  ['1.5Gi', 1_610_612_736],
  ['2e9', 2_000_000_000],
  ['1E3', 1000],
  ['1500m', 2],
  ['1Ti', 2 ** 40],
])('%p of memory are %i bytes', (quantity, expected) => {
  expect(bytes(quantity)).toBe(expected);
});

test.each(['', 'two', '1 Gi', '1GiB', '1Kib', '--1', '1e', '.', '0x10', '1.2.3', 'Gi'])('%p is no quantity', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});
