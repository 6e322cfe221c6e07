import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignAddresses, gatewayOf, managementAddressOf } from './addresses.ts';
import type { AddressHolder } from './addresses.ts';

const node = (
  name: string,
  role: AddressHolder['role'] = 'worker',
  createdAt = '2026-01-01T00:00:00Z',
): AddressHolder => ({
  node: name,
  role,
  createdAt,
});

test('.1 is the gateway, .2 the management container, control planes and workers follow from .3', () => {
  expect(gatewayOf('172.18.4.0/24')).toBe('172.18.4.1');
  expect(managementAddressOf('172.18.4.0/24')).toBe('172.18.4.2');
  expect(assignAddresses('172.18.4.0/24', [node('a'), node('b'), node('z', 'control-plane')], [])).toEqual([
    { node: 'a', address: '172.18.4.4' },
    { node: 'b', address: '172.18.4.5' },
    { node: 'z', address: '172.18.4.3' },
  ]);
});

test('an address once given stays, and a freed one is given again', () => {
  const first = assignAddresses('172.18.4.0/24', [node('a'), node('b'), node('c')], []);
  const second = assignAddresses('172.18.4.0/24', [node('a'), node('c'), node('d')], first);
  expect(second).toEqual([
    { node: 'a', address: '172.18.4.3' },
    { node: 'c', address: '172.18.4.5' },
    { node: 'd', address: '172.18.4.4' },
  ]);
});

test('a recorded address that is not of the subnet is not trusted', () => {
  expect(assignAddresses('172.18.4.0/24', [node('a')], [{ node: 'a', address: '10.0.0.9' }])).toEqual([
    { node: 'a', address: '172.18.4.3' },
  ]);
});

test('a full subnet leaves the newest nodes without', () => {
  const many = Array.from({ length: 300 }, (_, i) => node(`n${String(i).padStart(3, '0')}`));
  const assigned = assignAddresses('172.18.4.0/24', many, []);
  expect(assigned).toHaveLength(252);
  expect(assigned.at(-1)).toEqual({ node: 'n251', address: '172.18.4.254' });
});

test('no two nodes ever share an address, whatever was recorded', () => {
  const name = fc.integer({ min: 0, max: 9 }).map((i) => `n${String(i)}`);
  const record = fc.record({
    node: name,
    address: fc.integer({ min: 3, max: 12 }).map((i) => `172.18.4.${String(i)}`),
  });
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.array(record), (names, known) => {
      const assigned = assignAddresses(
        '172.18.4.0/24',
        names.map((n) => node(n)),
        known,
      );
      expect(new Set(assigned.map(({ address }) => address)).size).toBe(names.length);
      expect(assigned.map((a) => a.node)).toEqual([...names].sort());
    }),
  );
});
