import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addressText,
  blockRange,
  familyOf,
  isWithin,
  maskedBlock,
  numberOf,
  parseRange,
  rangeText,
  rangeWithout,
  sharesAddress,
  sizeOf,
} from './ip.ts';

const ipv4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
const ipv6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
const anyAddress = fc.oneof(
  ipv4.map((number) => ({ family: 4 as const, number })),
  ipv6.map((number) => ({ family: 6 as const, number })),
);

test('an address and its number are the same thing', () => {
  fc.assert(
    fc.property(anyAddress, ({ family, number }) => {
      const text = addressText(family, number);
      expect([familyOf(text), numberOf(text)]).toEqual([family, number]);
    }),
  );
});

test.each([
  '10.0.0.01',
  '10.0.0',
  '10.0.0.256',
  '0x0a.0.0.1',
  '2001:DB8::1',
  '2001:db8:0::1',
  'fe80::1%eth0',
  '::ffff:1.2.3.4',
  '',
])('%j is no address as everybody writes it', (text) => {
  expect([familyOf(text), numberOf(text)]).toEqual([undefined, undefined]);
});

test('a range has its ends and what is between them, and nothing else', () => {
  fc.assert(
    fc.property(ipv4, fc.bigInt({ min: 0n, max: 1000n }), ipv4, (first, length, other) => {
      const last = first + length > 2n ** 32n - 1n ? 2n ** 32n - 1n : first + length;
      const range = parseRange(`${addressText(4, first)}-${addressText(4, last)}`);
      expect(range).toEqual({ family: 4, first, last });
      if (range === undefined) return;
      expect(isWithin(range, addressText(4, other))).toBe(other >= first && other <= last);
      expect(sizeOf(range)).toBe(last - first + 1n);
    }),
  );
});

describe('a CIDR', () => {
  test.each([
    ['192.168.1.0/24', 256n],
    ['192.168.1.7/32', 1n],
    ['0.0.0.0/0', 2n ** 32n],
    ['2001:db8::/32', 2n ** 96n],
    ['2001:db8::1/128', 1n],
  ])('%s has %s addresses', (text, size) => {
    const range = parseRange(text);
    expect(range && sizeOf(range)).toBe(size);
  });

  test.each(['192.168.1.1/24', '192.168.1.0/33', '192.168.1.0/024', '192.168.1.0/', '192.168.1.0/24/1', '10.0.0.0/-1'])(
    '%s is none',
    (text) => {
      expect(blockRange(text)).toBeUndefined();
    },
  );
});

test.each([
  ['10.0.0.1/8', '10.0.0.0/8'],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['192.0.2.77/32', '192.0.2.77/32'],
  ['192.0.2.77/0', '0.0.0.0/0'],
  ['2001:DB8:0::1/32', '2001:db8::/32'],
  ['2001:db8::1', undefined],
  ['10.0.0.0/33', undefined],
  ['010.0.0.0/8', undefined],
  ['10.1/8', undefined],
  ['everywhere', undefined],
])('%s is the block %s', (text, block) => {
  expect(maskedBlock(text)).toBe(block);
});

test.each([
  '10.0.0.9-10.0.0.1',
  '10.0.0.1-2001:db8::1',
  '10.0.0.1-',
  '-10.0.0.1',
  '10.0.0.1-10.0.0.2-10.0.0.3',
  '10.0.0.0/24-10.0.1.0/24',
])('%s is no range', (text) => {
  expect(parseRange(text)).toBeUndefined();
});

test('two ranges share an address when one has an end of the other', () => {
  const range = fc
    .tuple(ipv4, ipv4)
    .map(([a, b]) => ({ family: 4 as const, first: a < b ? a : b, last: a < b ? b : a }));
  fc.assert(
    fc.property(range, range, (a, b) => {
      const isOver = (one: typeof a, number: bigint): boolean => number >= one.first && number <= one.last;
      expect(sharesAddress(a, b)).toBe(isOver(a, b.first) || isOver(b, a.first));
    }),
  );
  expect(sharesAddress({ family: 4, first: 1n, last: 9n }, { family: 6, first: 1n, last: 9n })).toBe(false);
});

const smallRange = fc
  .tuple(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 300n }))
  .map(([first, length]) => ({ family: 4 as const, first, last: first + length }));

test('a range without another has what is in the one and not in the other', () => {
  fc.assert(
    fc.property(smallRange, smallRange, fc.bigInt({ min: 0n, max: 700n }), (range, other, number) => {
      const address = addressText(4, number);
      const left = rangeWithout(range, other);
      expect(left.some((one) => isWithin(one, address))).toBe(isWithin(range, address) && !isWithin(other, address));
    }),
  );
});

test('a range is written as it is read', () => {
  fc.assert(fc.property(smallRange, (range) => expect(parseRange(rangeText(range))).toEqual(range)));
});

test.each(['10.0.0.1', '10.0.0.8/29', '0.0.0.0/0', '10.0.0.1-10.0.0.4', '2001:db8::/64', '2001:db8::1-2001:db8::3'])(
  '%s is the shortest way to write it',
  (text) => {
    expect(rangeText(parseRange(text)!)).toBe(text);
  },
);
