import { beforeEach, expect, test } from '@jest/globals';
import { FakeClock } from '../runtime/clock.ts';
import type { LeaseStore } from '../runtime/lease.ts';
import { leaseStore } from './lease-store.ts';
import { MemoryApiServer } from './memory.ts';

const { signal } = new AbortController();
const spec = { holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 };
let store: LeaseStore;

beforeEach(() => {
  const server = new MemoryApiServer({ clock: new FakeClock() });
  store = leaseStore(server.client(), { namespace: 'qbo-system', name: 'qbo-operator' });
});

test('a lease that is created is found', async () => {
  expect(await store.get(signal)).toBeUndefined();
  const created = await store.create(spec, signal);
  expect(created.spec).toEqual(spec);
  expect(await store.get(signal)).toEqual(created);
});

test('of two that create the lease one is refused', async () => {
  await store.create(spec, signal);
  await expect(store.create(spec, signal)).rejects.toMatchObject({ code: 409, reason: 'AlreadyExists' });
});

test('of two that update the same lease one is refused', async () => {
  const { resourceVersion } = await store.create(spec, signal);
  const taken = await store.update({ ...spec, holderIdentity: 'two' }, resourceVersion, signal);
  expect(taken.spec.holderIdentity).toBe('two');
  const late = store.update({ ...spec, holderIdentity: 'three' }, resourceVersion, signal);
  await expect(late).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
});
