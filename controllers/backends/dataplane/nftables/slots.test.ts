import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Member } from '../../dataplane.ts';
import { endpoint } from '../../dataplane.ts';
import { slotsOf } from './slots.ts';

const member = (last: number, weight: number): Member => ({ address: `10.0.0.${String(last)}`, port: 80, weight });
const letters = (members: readonly Member[]): string =>
  members.map(({ address }) => String.fromCharCode(96 + Number(address.split('.')[3]))).join('');

test('round robin gives every member that takes connections one slot', () => {
  expect(letters(slotsOf('rr', [member(1, 1), member(2, 0), member(3, 9)]))).toBe('ac');
});

test('weighted round robin spreads heavy members out', () => {
  expect(letters(slotsOf('wrr', [member(1, 5), member(2, 1), member(3, 1)]))).toBe('aabacaa');
  expect(letters(slotsOf('wrr', [member(1, 100), member(2, 50)]))).toBe('aba');
});

test('one round of weighted round robin has as many slots of each member as its share', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6 }), (weights) => {
      const members = weights.map((weight, at) => member(at + 1, weight));
      const slots = slotsOf('wrr', members);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const one of members) {
        const share = slots.filter((slot) => slot === one).length;
        expect(share * total).toBe(one.weight * slots.length);
      }
    }),
  );
});

test('a member that leaves a hash moves only its own clients', () => {
  const members = [member(1, 1), member(2, 1), member(3, 1), member(4, 1)];
  for (const scheduler of ['sh', 'mh', 'dh'] as const) {
    const before = slotsOf(scheduler, members);
    const after = slotsOf(scheduler, members.slice(0, 3));
    before.forEach((was, slot) => {
      if (was !== members[3]) expect(after[slot]).toBe(was);
    });
  }
});

test('a hash gives each member about its weight', () => {
  const slots = slotsOf('mh', [member(1, 3), member(2, 1)]);
  const share = slots.filter((slot) => endpoint(slot) === '10.0.0.1:80').length / slots.length;
  expect(share).toBeGreaterThan(0.65);
  expect(share).toBeLessThan(0.85);
});

test('nobody is chosen when all drain', () => {
  for (const scheduler of ['rr', 'wrr', 'sh'] as const) expect(slotsOf(scheduler, [member(1, 0)])).toEqual([]);
});
