import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyService } from '../dataplane.contract.ts';
import type { Desired } from '../dataplane.ts';
import { endpoint, serviceKey } from '../dataplane.ts';
import { addressKey, canonical } from './canonical.ts';
import { diff, patch } from './diff.ts';

const addresses = fc.uniqueArray(
  fc.record({
    address: fc.constantFrom('172.31.255.10', '172.31.255.11', 'fd00:31:255::10'),
    interface: fc.constantFrom('eth0', 'br-1'),
  }),
  { selector: addressKey, maxLength: 4 },
);
const state: fc.Arbitrary<Desired> = fc.record({
  addresses,
  services: fc.uniqueArray(anyService('Masquerade'), { maxLength: 6, selector: serviceKey }),
});

test('doing what differs makes one state the other', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      expect(patch(before, diff(before, after))).toEqual(canonical(after));
    }),
    { numRuns: 500 },
  );
});

test('nothing differs between a state and itself, however it is written down', () => {
  fc.assert(
    fc.property(state, (one) => {
      const shuffled: Desired = {
        addresses: [...one.addresses].reverse(),
        services: [...one.services].reverse().map((service) => ({
          ...service,
          members: [...service.members].reverse(),
          ...(service.sourceRanges && { sourceRanges: [...service.sourceRanges, ...service.sourceRanges] }),
        })),
      };
      expect(diff(one, shuffled)).toEqual([]);
    }),
  );
});

test('nothing is done that could be left out', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      const changes = diff(before, after);
      for (const left of changes) {
        const without = patch(
          before,
          changes.filter((change) => change !== left),
        );
        expect(without).not.toEqual(canonical(after));
      }
    }),
  );
});

test('no service is touched that is the same on both sides', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      const shared = anyServiceOf(before, after);
      for (const change of diff({ ...before, services: [...before.services, ...shared] }, after)) {
        if ('service' in change) expect(shared.map(serviceKey)).not.toContain(serviceKey(change.service));
      }
    }),
  );
});

/** Services that only the second state has: put into the first as well, they are the same on both sides. */
const anyServiceOf = (before: Desired, after: Desired): Desired['services'] => {
  const keys = new Set(before.services.map(serviceKey));
  return after.services.filter((service) => !keys.has(serviceKey(service)));
};

test('a service never loses its last member before it gets another', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      let now = before;
      for (const change of diff(before, after)) {
        now = patch(now, [change]);
        for (const service of now.services) {
          const was = before.services.find((one) => serviceKey(one) === serviceKey(service));
          const is = after.services.find((one) => serviceKey(one) === serviceKey(service));
          if (was?.members.length && is?.members.length) expect(service.members).not.toEqual([]);
        }
      }
    }),
  );
});

test('an address is bound before its services come, and unbound after they went', () => {
  const web = fc.sample(anyService('Masquerade'), 1)[0]!;
  const on = (name: string): Desired => ({ addresses: [{ address: web.address, interface: name }], services: [web] });
  const nothing: Desired = { addresses: [], services: [] };
  expect(diff(nothing, on('eth0')).map(({ kind }) => kind)).toEqual(['bind', 'addService']);
  expect(diff(on('eth0'), nothing).map(({ kind }) => kind)).toEqual(['removeService', 'unbind']);
  expect(diff(on('eth0'), on('br-1')).map(({ kind }) => kind)).toEqual(['bind', 'unbind']);
  expect(endpoint(web)).toContain(String(web.port));
});
