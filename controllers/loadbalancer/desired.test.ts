import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LoadBalancer, LoadBalancerStatus } from '../../crds/load-balancer.ts';
import { serviceKey } from '../backends/dataplane.ts';
import type { Stored } from '../runtime/object.ts';
import { desiredOf, partOf } from './desired.ts';

const one = (index: number, status: LoadBalancerStatus | undefined, spec: object = {}, meta: object = {}) =>
  ({
    apiVersion: 'qbo.io/v1alpha1',
    kind: 'LoadBalancer',
    metadata: {
      name: `lb-${String(index)}`,
      namespace: 'default',
      uid: `uid-${String(index)}`,
      resourceVersion: '1',
      creationTimestamp: `2026-01-01T00:00:0${String(index)}Z`,
      ...meta,
    },
    spec: { scheduler: 'rr', forwarding: 'Masquerade', clientAddress: 'Hidden', ...spec },
    ...(status && { status }),
  }) as unknown as Stored<LoadBalancer>;

const STATUS: LoadBalancerStatus = {
  address: '192.0.2.1',
  interface: 'eth0',
  rules: [{ protocol: 'TCP', port: 80, endPort: 81, targetPort: 8080, state: 'Active' }],
  members: [
    { address: '10.0.0.1', weight: 3, state: 'Ready' },
    { address: '10.0.0.2', weight: 1, state: 'Draining', since: '2026-01-01T00:00:00Z' },
  ],
};

test('every port of a range is a service with the members’ port beside it, and who drains has no weight', () => {
  const { addresses, services } = partOf(
    one(1, STATUS, { clientAddress: 'Kept', persistenceSeconds: 60, sourceRanges: ['10.0.0.0/8'] }),
  );
  expect(addresses).toEqual([{ address: '192.0.2.1', interface: 'eth0' }]);
  expect(services.map(({ port, members }) => [port, ...members])).toEqual([
    [80, { address: '10.0.0.1', port: 8080, weight: 3 }, { address: '10.0.0.2', port: 8080, weight: 0 }],
    [81, { address: '10.0.0.1', port: 8081, weight: 3 }, { address: '10.0.0.2', port: 8081, weight: 0 }],
  ]);
  expect(services[0]).toMatchObject({
    owner: 'uid-1',
    keepsSource: true,
    persistenceSeconds: 60,
    sourceRanges: ['10.0.0.0/8'],
  });
});

test('nothing is asked of the host for who has no address, leaves, or waits for its port', () => {
  const nothing = { addresses: [], services: [] };
  expect(partOf(one(1, undefined))).toEqual(nothing);
  expect(partOf(one(1, { ...STATUS, interface: undefined } as never))).toEqual(nothing);
  expect(partOf(one(1, STATUS, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }))).toEqual(nothing);
  const waiting = { ...STATUS, rules: [{ ...STATUS.rules?.[0], state: 'Waiting' }] } as LoadBalancerStatus;
  expect(partOf(one(1, waiting)).services).toEqual([]);
});

test('whatever the statuses say, nothing is in it twice, and the oldest has what two have', () => {
  const claim = fc.record({ address: fc.constantFrom('192.0.2.1', '192.0.2.2'), port: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 8 }), fc.nat(), (claims, turn) => {
      const all = claims.map(({ address, port }, index) =>
        one(index, { ...STATUS, address, rules: [{ protocol: 'TCP', port, targetPort: port, state: 'Active' }] }),
      );
      const { addresses, services } = desiredOf(all);
      expect(new Set(services.map(serviceKey)).size).toBe(services.length);
      expect(new Set(addresses.map(({ address }) => address)).size).toBe(addresses.length);
      for (const service of services) {
        const oldest = claims.findIndex(({ address, port }) => address === service.address && port === service.port);
        expect(service.owner).toBe(`uid-${String(oldest)}`);
      }
      // Who asks in which order changes nothing.
      const at = all.length === 0 ? 0 : turn % all.length;
      expect(desiredOf([...all.slice(at), ...all.slice(0, at)])).toEqual(desiredOf(all));
    }),
  );
});
