import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatCIDR, networkOf, overlaps, parseCIDR } from '../../crds/cidr.ts';
import type { CIDR } from '../../crds/cidr.ts';
import { findOverlap, pickSubnet } from './subnet.ts';

const docker0 = { by: 'docker network "bridge"', subnet: '172.17.0.0/16' };

test('the first free /24 of the first pool is picked', () => {
  expect(pickSubnet(['172.18.0.0/15'], [docker0])).toBe('172.18.0.0/24');
  expect(pickSubnet(['172.18.0.0/15'], [{ by: 'dev', subnet: '172.18.0.0/24' }])).toBe('172.18.1.0/24');
});

test('a wide range in the way is jumped over', () => {
  expect(pickSubnet(['172.18.0.0/15'], [{ by: 'docker network "kind"', subnet: '172.18.0.0/16' }])).toBe(
    '172.19.0.0/24',
  );
});

test('a small range in the way costs its whole /24', () => {
  expect(pickSubnet(['172.18.0.0/15'], [{ by: 'vpn', subnet: '172.18.0.128/25' }])).toBe('172.18.1.0/24');
});

test('a used-up pool hands over to the next, and used-up pools give nothing', () => {
  const taken = [{ by: 'a', subnet: '10.1.0.0/24' }];
  expect(pickSubnet(['10.1.0.0/24', '10.2.0.0/24'], taken)).toBe('10.2.0.0/24');
  expect(pickSubnet(['10.1.0.0/24'], taken)).toBeUndefined();
});

test('an overlap names who has the range', () => {
  expect(findOverlap('172.17.5.0/24', [docker0])).toBe(docker0);
  expect(findOverlap('172.18.5.0/24', [docker0])).toBeUndefined();
});

const range = fc
  .record({ address: fc.integer({ min: 0, max: 2 ** 32 - 1 }), prefix: fc.integer({ min: 8, max: 30 }) })
  .map((cidr) => formatCIDR(networkOf(cidr)));
const parse = (text: string): CIDR => {
  const cidr = parseCIDR(text);
  if (cidr === undefined) throw new Error(`not a CIDR: ${text}`);
  return cidr;
};

test('what is picked is inside a pool and overlaps nothing', () => {
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 3 }), fc.array(range, { maxLength: 20 }), (pools, used) => {
      const taken = used.map((subnet) => ({ by: 'x', subnet }));
      const picked = pickSubnet(pools, taken);
      if (picked === undefined) return;
      expect(findOverlap(picked, taken)).toBeUndefined();
      expect(pools.some((pool) => overlaps(parse(pool), parse(picked)))).toBe(true);
    }),
  );
});

test('what is picked is the lowest that is free, as a walk over all candidates finds it', () => {
  const small = fc
    .record({ address: fc.integer({ min: 0, max: 2 ** 13 - 1 }), prefix: fc.integer({ min: 20, max: 32 }) })
    .map(({ address, prefix }) => formatCIDR(networkOf({ address: 0x0a_00_00_00 + address, prefix })));
  fc.assert(
    fc.property(fc.array(small, { maxLength: 40 }), (used) => {
      const taken = used.map((subnet) => ({ by: 'x', subnet }));
      const all = Array.from({ length: 16 }, (_, index) => `10.0.${String(index)}.0/24`);
      expect(pickSubnet(['10.0.0.0/20'], taken)).toBe(
        all.find((candidate) => findOverlap(candidate, taken) === undefined),
      );
    }),
  );
});
