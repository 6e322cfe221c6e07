import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AddressPool } from '../../crds/address-pool.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import type { Stored } from '../runtime/object.ts';
import { chooseAddress } from './addresses.ts';
import type { Holder, Market } from './addresses.ts';

const pool = (name: string, spec: Partial<AddressPool['spec']>, age = 0): Stored<AddressPool> => ({
  apiVersion: 'qbo.io/v1alpha1',
  kind: 'AddressPool',
  metadata: {
    name,
    uid: `pool-${name}`,
    resourceVersion: '1',
    creationTimestamp: `2026-01-01T00:00:0${String(age)}Z`,
  },
  spec: { assignment: 'Automatic', ...spec },
});

interface Who {
  readonly namespace?: string;
  readonly age?: number;
  readonly has?: string;
  readonly from?: string;
}

const holder = (name: string, spec: Partial<LoadBalancer['spec']> = {}, who: Who = {}): Holder => ({
  loadBalancer: {
    apiVersion: 'qbo.io/v1alpha1',
    kind: 'LoadBalancer',
    metadata: {
      name,
      namespace: who.namespace ?? 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: `2026-01-01T00:${String(who.age ?? 0).padStart(2, '0')}:00Z`,
    },
    spec: { members: [{ role: 'worker', weight: 1 }], ports: [], ...spec },
  } as unknown as Stored<LoadBalancer>,
  address: who.has,
  pool: who.from ?? (who.has === undefined ? undefined : 'lan'),
});

const market = (pools: readonly Stored<AddressPool>[], others: readonly Holder[] = []): Market => ({
  pools,
  others,
  foreign: () => undefined,
});
const LAN = pool('lan', { addresses: ['10.0.0.1-10.0.0.9'] });
const codeOf = (choice: ReturnType<typeof chooseAddress>): string =>
  'error' in choice ? choice.error.code : choice.address;

test('an address once given is kept, whatever else there is', () => {
  fc.assert(
    fc.property(fc.nat({ max: 9 }), fc.array(fc.nat({ max: 9 })), fc.boolean(), (own, others, hasPool) => {
      const address = `10.0.0.${String(own)}`;
      const self = holder('self', {}, { has: address });
      const around = others
        .filter((other) => other !== own)
        .map((other, index) =>
          holder(`other-${String(index)}`, {}, { has: `10.0.0.${String(other)}`, age: index % 50 }),
        );
      expect(chooseAddress(self, market(hasPool ? [LAN] : [], around))).toEqual({ address, pool: 'lan' });
    }),
  );
});

test('no two that may not share are given the same address, in whatever order they come', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', 'c') }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(names, (order) => {
      const given: Holder[] = [];
      for (const name of order) {
        const choice = chooseAddress(holder(name), market([LAN], given));
        given.push(holder(name, {}, 'error' in choice ? {} : { has: choice.address }));
      }
      const addresses = given.flatMap(({ address }) => address ?? []);
      expect(new Set(addresses).size).toBe(addresses.length);
      expect(addresses).toHaveLength(Math.min(order.length, 9));
    }),
  );
});

test('those of one cluster share an address, of two clusters and of two namespaces they do not', () => {
  const first = holder('first', { cluster: 'dev' }, { has: '10.0.0.1' });
  expect(codeOf(chooseAddress(holder('second', { cluster: 'dev' }), market([LAN], [first])))).toBe('10.0.0.1');
  expect(codeOf(chooseAddress(holder('other', { cluster: 'lab' }), market([LAN], [first])))).toBe('10.0.0.2');
  const elsewhere = holder('second', { cluster: 'dev' }, { namespace: 'team' });
  expect(codeOf(chooseAddress(elsewhere, market([LAN], [first])))).toBe('10.0.0.2');
});

test('of two that were given the same in one moment the older keeps it', () => {
  const older = holder('older', {}, { has: '10.0.0.1', age: 1 });
  const younger = holder('younger', {}, { has: '10.0.0.1', age: 2 });
  expect(codeOf(chooseAddress(older, market([LAN], [younger])))).toBe('10.0.0.1');
  expect(codeOf(chooseAddress(younger, market([LAN], [older])))).toBe('10.0.0.2');
});

test('what a container has is passed over, and refused to who asks for it', () => {
  const foreign = (address: string): string | undefined => (address === '10.0.0.1' ? 'container db' : undefined);
  expect(codeOf(chooseAddress(holder('web'), { ...market([LAN]), foreign }))).toBe('10.0.0.2');
  const asks = holder('web', { address: '10.0.0.1' });
  const choice = chooseAddress(asks, { ...market([LAN]), foreign });
  expect('error' in choice && choice.error.message).toContain('container db has it');
});

test('the oldest pool gives first, and a pool that is asked for alone', () => {
  const young = pool('young', { addresses: ['10.1.0.1'] }, 5);
  expect(codeOf(chooseAddress(holder('web'), market([young, LAN])))).toBe('10.0.0.1');
  expect(codeOf(chooseAddress(holder('web', { pool: 'young' }), market([LAN, young])))).toBe('10.1.0.1');
  expect(codeOf(chooseAddress(holder('web', { pool: 'nowhere' }), market([LAN, young])))).toBe('AddressPoolMissing');
});

test('addresses that were named come before those that are there unasked, however old these are', () => {
  const ours = pool('default', {});
  const withNetwork = { ...ours, status: { subnet: '172.31.255.0/24' } } as Stored<AddressPool>;
  const named = pool('host', { addresses: ['10.1.0.1'] }, 5);
  expect(codeOf(chooseAddress(holder('web'), market([withNetwork, named])))).toBe('10.1.0.1');
  const full = market([withNetwork, named], [holder('other', {}, { has: '10.1.0.1', from: 'host' })]);
  expect(codeOf(chooseAddress(holder('web'), full))).toBe('172.31.255.2');
});

test('who asks for another pool or address than it has gets it', () => {
  const young = pool('young', { addresses: ['10.1.0.1-10.1.0.2'] }, 5);
  const moves = holder('web', { pool: 'young' }, { has: '10.0.0.1', from: 'lan' });
  expect(codeOf(chooseAddress(moves, market([LAN, young])))).toBe('10.1.0.1');
  const asks = holder('web', { address: '10.1.0.2' }, { has: '10.0.0.1', from: 'lan' });
  expect(chooseAddress(asks, market([LAN, young]))).toEqual({ address: '10.1.0.2', pool: 'young' });
});

test('members with IPv6 addresses get an IPv6 address, from a pool however large', () => {
  const both = pool('both', { addresses: ['10.0.0.1', '2001:db8::/32'] });
  const spec = { members: [{ address: '2001:db8:1::7', weight: 1 }] };
  expect(codeOf(chooseAddress(holder('six', spec), market([both])))).toBe('2001:db8::');
  expect(codeOf(chooseAddress(holder('six', spec), market([LAN])))).toBe('AddressPoolExhausted');
});
