import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { containsCIDR, formatCIDR, networkOf, overlaps, parseCIDR } from './cidr.ts';
import type { CIDR } from './cidr.ts';

const anyCIDR = fc.record({
  address: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  prefix: fc.integer({ min: 0, max: 32 }),
});

const parsed = (text: string): CIDR => {
  const cidr = parseCIDR(text);
  if (cidr === undefined) throw new Error(`${text} did not parse`);
  return cidr;
};

test('what is formatted parses to the same block', () => {
  fc.assert(
    fc.property(anyCIDR, (cidr) => {
      expect(parseCIDR(formatCIDR(cidr))).toEqual(cidr);
    }),
  );
});

test.each([
  '',
  '10.0.0.0',
  '10.0.0/8',
  '10.0.0.0/33',
  '10.0.0.256/8',
  '010.0.0.0/8',
  '10.0.0.0/08',
  'fd00::/64',
  ' 10.0.0.0/8',
])("'%s' is not an IPv4 block", (text) => {
  expect(parseCIDR(text)).toBeUndefined();
});

test('a network is the block without its host bits', () => {
  expect(formatCIDR(networkOf(parsed('172.18.7.9/24')))).toBe('172.18.7.0/24');
  expect(formatCIDR(networkOf(parsed('255.255.255.255/1')))).toBe('128.0.0.0/1');
  expect(formatCIDR(networkOf(parsed('255.255.255.255/0')))).toBe('0.0.0.0/0');
});

describe('two blocks overlap when, and only when, one contains the other', () => {
  test.each([
    ['10.0.0.0/8', '10.96.0.0/16', true],
    ['10.96.0.0/16', '10.0.0.0/8', true],
    ['172.18.0.0/24', '172.18.1.0/24', false],
    ['0.0.0.0/0', '192.168.0.0/16', true],
    ['192.168.0.7/24', '192.168.0.0/24', true],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(overlaps(parsed(a), parsed(b))).toBe(expected);
  });

  test('as the first and last addresses say', () => {
    const first = (cidr: CIDR): number => networkOf(cidr).address;
    const last = (cidr: CIDR): number => first(cidr) + 2 ** (32 - cidr.prefix) - 1;
    fc.assert(
      fc.property(anyCIDR, anyCIDR, (a, b) => {
        expect(overlaps(a, b)).toBe(first(a) <= last(b) && first(b) <= last(a));
        expect(containsCIDR(a, b)).toBe(first(a) <= first(b) && last(b) <= last(a));
      }),
    );
  });
});
