import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BalancedPort, LoadBalancer } from '../../crds/load-balancer.ts';
import type { Stored } from '../runtime/object.ts';
import { countPorts, lastOf, portsText, rulesFor, takenPorts } from './ports.ts';

type Port = Pick<BalancedPort, 'protocol' | 'port' | 'endPort'>;

const one = (index: number, ports: readonly Port[]): Stored<LoadBalancer> =>
  ({
    apiVersion: 'qbo.io/v1alpha1',
    kind: 'LoadBalancer',
    metadata: {
      name: `lb-${String(index)}`,
      namespace: 'default',
      uid: String(index),
      resourceVersion: '1',
      creationTimestamp: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`,
    },
    spec: { ports },
  }) as unknown as Stored<LoadBalancer>;

const portOf = fc
  .record({
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
    port: fc.integer({ min: 1, max: 12 }),
    length: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ protocol, port, length }): Port => ({ protocol, port, ...(length > 0 && { endPort: port + length }) }));

/** Each as its own reconcile leaves it, given what the others' statuses say. */
const step = (all: readonly Stored<LoadBalancer>[], index: number): Stored<LoadBalancer>[] =>
  all.map((each, at) =>
    at === index ? { ...each, status: { rules: rulesFor(each, takenPorts(each, all), () => 'taken') } } : each,
  );

const active = (all: readonly Stored<LoadBalancer>[]): string[] =>
  all.flatMap(({ status, metadata }) =>
    (status?.rules ?? [])
      .filter(({ state }) => state === 'Active')
      .flatMap((rule) =>
        Array.from(
          { length: lastOf(rule) - rule.port + 1 },
          (_, at) => `${rule.protocol} ${String(rule.port + at)} ${metadata.name}`,
        ),
      ),
  );

test('in whatever order they are looked at, no port is given to two, and who has one keeps it', () => {
  const all = fc.array(fc.array(portOf, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(all, fc.array(fc.nat({ max: 4 }), { maxLength: 20 }), (specs, order) => {
      let world = specs.map((ports, index) => one(index, ports));
      for (const index of order) {
        const before = active(world);
        world = step(world, index % world.length);
        const after = active(world);
        expect(new Set(after.map((line) => line.split(' ').slice(0, 2).join(' '))).size).toBe(after.length);
        for (const line of before) expect(after).toContain(line);
      }
    }),
  );
});

test('a port that is freed goes to the one that waits', () => {
  const http = { protocol: 'TCP', port: 80 } as const;
  let world = [one(0, [http]), one(1, [http])];
  world = step(step(world, 0), 1);
  expect(active(world)).toEqual(['TCP 80 lb-0']);
  world = step(world.slice(1), 0);
  expect(active(world)).toEqual(['TCP 80 lb-1']);
});

test('the later one that had the port first keeps it from the older, who names it afterwards', () => {
  const http = { protocol: 'TCP', port: 80 } as const;
  let world = [one(0, [{ protocol: 'TCP', port: 81 }]), one(1, [http])];
  world = step(step(world, 0), 1);
  world = world.map((each, index) => (index === 0 ? { ...each, spec: { ...each.spec, ports: [http] } } : each));
  world = step(step(world, 0), 1);
  expect(active(world)).toEqual(['TCP 80 lb-1']);
});

test('a range is given whole or not at all, and what an object names twice it has once', () => {
  const range = { protocol: 'TCP', port: 80, endPort: 89 } as const;
  const inside = { protocol: 'TCP', port: 85 } as const;
  let world = [one(0, [inside]), one(1, [range, { protocol: 'UDP', port: 85 }])];
  world = step(step(world, 0), 1);
  expect(active(world)).toEqual(['TCP 85 lb-0', 'UDP 85 lb-1']);
  expect(active(step([one(0, [range, inside])], 0))).toHaveLength(10);
});

test('ports are counted and shown in short', () => {
  expect(
    countPorts([
      { protocol: 'TCP', port: 1, endPort: 1000 },
      { protocol: 'UDP', port: 1 },
    ]),
  ).toBe(1001);
  expect(
    portsText([
      { protocol: 'TCP', port: 80 },
      { protocol: 'UDP', port: 53, endPort: 55 },
    ]),
  ).toBe('80,53-55/UDP');
  const many = Array.from({ length: 128 }, (_, index) => ({ protocol: 'TCP' as const, port: 10_000 + index }));
  expect(portsText(many)).toMatch(/^10000,.*,\.\.\.$/);
  expect(portsText(many).length).toBeLessThanOrEqual(256);
});
