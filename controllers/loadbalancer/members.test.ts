import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BalancedMember, LoadBalancerSpec } from '../../crds/load-balancer.ts';
import type { Node } from '../../crds/node.ts';
import { membersOf } from './members.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');

interface Seen {
  readonly name: string;
  readonly role?: 'worker' | 'control-plane';
  readonly is?: readonly string[];
  readonly isLeaving?: boolean;
}

const ALL = ['ContainerReady', 'Bootstrapped', 'Healthy'];
const addressOf = (name: string): string => `10.0.0.${String(name.charCodeAt(0))}`;

const node = ({ name, role = 'worker', is = ALL, isLeaving = false }: Seen): Node =>
  ({
    apiVersion: 'qbo.io/v1alpha1',
    kind: 'Node',
    metadata: { name, namespace: 'default', ...(isLeaving && { deletionTimestamp: '2026-01-01T00:09:59Z' }) },
    spec: { cluster: 'dev', role },
    status: { address: addressOf(name), conditions: is.map((type) => ({ type, status: 'True' })) },
  }) as unknown as Node;

const spec = (more: Partial<LoadBalancerSpec> = {}): LoadBalancerSpec =>
  ({ members: [{ role: 'worker', weight: 1 }], drainSeconds: 30, ports: [], ...more }) as unknown as LoadBalancerSpec;

const look = (
  nodes: readonly Seen[],
  before: readonly BalancedMember[] = [],
  more: { readonly spec?: LoadBalancerSpec; readonly now?: number; readonly sick?: readonly string[] } = {},
) =>
  membersOf({
    spec: more.spec ?? spec(),
    address: '192.0.2.1',
    nodes: nodes.map(node),
    before,
    now: more.now ?? NOW,
    isHealthy: (address) => !(more.sick ?? []).includes(address),
  });

const short = ({ members }: ReturnType<typeof membersOf>): string =>
  members.map(({ node: name, address, state }) => `${name ?? address} ${state}`).join(', ');

test('workers that are ready are members, and nobody else', () => {
  const found = look([
    { name: 'a' },
    { name: 'b', is: ['ContainerReady', 'Bootstrapped'] },
    { name: 'c', is: ['Healthy'] },
    { name: 'd', isLeaving: true },
    { name: 'e', role: 'control-plane' },
  ]);
  expect(short(found)).toBe('a Ready');
});

test('a control plane serves its API before its node is healthy', () => {
  const api = spec({ members: [{ role: 'control-plane', weight: 1 }] });
  const starting: Seen = { name: 'e', role: 'control-plane', is: ['ContainerReady', 'Bootstrapped'] };
  expect(short(look([starting, { name: 'a' }], [], { spec: api }))).toBe('e Ready');
  expect(short(look([{ ...starting, is: ['Bootstrapped'] }], [], { spec: api }))).toBe('');
});

test('who leaves drains for as long as it may, and then is gone; who comes back is ready again', () => {
  const first = look([{ name: 'a' }, { name: 'b' }]);
  const leaving = look([{ name: 'a' }, { name: 'b', is: [] }], first.members);
  expect(short(leaving)).toBe('a Ready, b Draining');
  expect(leaving.nextChangeMs).toBe(30_000);
  const later = look([{ name: 'a' }, { name: 'b', is: [] }], leaving.members, { now: NOW + 29_000 });
  expect([short(later), later.nextChangeMs]).toEqual(['a Ready, b Draining', 1_000]);
  expect(short(look([{ name: 'a' }, { name: 'b', is: [] }], later.members, { now: NOW + 30_000 }))).toBe('a Ready');
  const back = look([{ name: 'a' }, { name: 'b' }], later.members, { now: NOW + 29_000 });
  expect(back.members).toEqual(first.members);
});

test('a Node that is no more has nobody to drain for', () => {
  const first = look([{ name: 'a' }, { name: 'b' }]);
  expect(short(look([{ name: 'a' }], first.members))).toBe('a Ready');
});

test('addresses of the other family are left out, and each address is there once', () => {
  const mixed = spec({
    members: [
      { address: '10.0.0.97', weight: 5 },
      { role: 'worker', weight: 1 },
      { address: '2001:db8::1', weight: 1 },
    ],
  });
  expect(look([{ name: 'a' }], [], { spec: mixed }).members).toEqual([
    { address: '10.0.0.97', weight: 5, state: 'Ready' },
  ]);
});

test('of a health check that knows nothing yet, the status says what was known', () => {
  const checked = spec({ healthCheck: { failures: 3 } as never });
  const nodes = [node({ name: 'a' }), node({ name: 'b' })];
  const before: BalancedMember[] = [{ address: addressOf('a'), node: 'a', weight: 1, state: 'Ready' }];
  const found = membersOf({ spec: checked, address: '192.0.2.1', nodes, before, now: NOW, isHealthy: () => undefined });
  expect(short(found)).toBe('a Ready');
});

test('whatever happens, whoever is ready is a member, nobody drains longer than allowed, and nothing changes by looking twice', () => {
  const world = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      is: fc.subarray(ALL),
      isLeaving: fc.boolean(),
    }),
    { maxLength: 5 },
  );
  const unique = world.map((seen) => [...new Map(seen.map((each) => [each.name, each])).values()]);
  fc.assert(
    fc.property(fc.array(fc.tuple(unique, fc.integer({ min: 0, max: 40 })), { maxLength: 8 }), (steps) => {
      let before: readonly BalancedMember[] = [];
      let now = NOW;
      for (const [seen, seconds] of steps) {
        now += seconds * 1000;
        const found = look(seen, before, { now });
        const ready = found.members.filter(({ state }) => state === 'Ready').map(({ node: name }) => name);
        const wanted = seen.filter(
          ({ is, isLeaving }) => !isLeaving && is.includes('ContainerReady') && is.includes('Healthy'),
        );
        expect(new Set(ready)).toEqual(new Set(wanted.map(({ name }) => name)));
        for (const { state, since } of found.members) {
          if (state === 'Draining') expect(now - Date.parse(since ?? '')).toBeLessThan(30_000);
        }
        expect(look(seen, found.members, { now }).members).toEqual(found.members);
        before = found.members;
      }
    }),
  );
});
