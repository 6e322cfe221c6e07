import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AddressPool } from '../../crds/address-pool.ts';
import type { Stored } from '../runtime/object.ts';
import { firstInvalid, hasAddress, overlapWith, rangesOf, totalOf } from './ranges.ts';

const pool = (name: string, addresses: readonly string[] | undefined, subnet?: string): Stored<AddressPool> =>
  ({
    apiVersion: 'qbo.io/v1alpha1',
    kind: 'AddressPool',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { assignment: 'Automatic', ...(addresses && { addresses }) },
    ...(subnet !== undefined && { status: { subnet } }),
  }) as unknown as Stored<AddressPool>;

test('addresses that are named twice are counted once', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20 }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), (ranges) => {
      const texts = ranges.map(([first, length]) => `10.0.0.${String(first)}-10.0.0.${String(first + length)}`);
      const numbers = new Set(
        ranges.flatMap(([first, length]) => Array.from({ length: length + 1 }, (_, at) => first + at)),
      );
      const made = pool('p', texts);
      expect(totalOf(rangesOf(made))).toBe(numbers.size);
      for (const number of [0, 7, 33, 80])
        expect(hasAddress(made, `10.0.0.${String(number)}`)).toBe(numbers.has(number));
    }),
  );
  expect(totalOf(rangesOf(pool('p', ['10.0.0.0/30', '2001:db8::/126'])))).toBe(8);
  expect(totalOf(rangesOf(pool('p', ['2001:db8::/32'])))).toBe(1_000_000);
});

test('of a Docker network neither its own addresses nor the host’s are given', () => {
  const own = pool('own', undefined, '172.31.255.0/24');
  expect([0, 1, 2, 254, 255].map((last) => hasAddress(own, `172.31.255.${String(last)}`))).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
  expect(totalOf(rangesOf(own))).toBe(253);
});

test('of two that overlap, the later is told which addresses the earlier has', () => {
  const [a, b] = [pool('a', ['10.0.0.0/28']), pool('b', ['10.1.0.1', '10.0.0.15-10.0.0.20'])];
  expect(overlapWith(a, [a, b])).toBeUndefined();
  expect(overlapWith(b, [a, b])).toMatchObject({ range: '10.0.0.15-10.0.0.20', by: { metadata: { name: 'a' } } });
  expect(overlapWith(pool('c', ['10.2.0.0/16']), [a, b])).toBeUndefined();
});

test('a range that runs backwards is named', () => {
  expect(firstInvalid(pool('p', ['10.0.0.1', '10.0.0.9-10.0.0.2']))).toBe('10.0.0.9-10.0.0.2');
  expect(firstInvalid(pool('p', ['10.0.0.1']))).toBeUndefined();
});
