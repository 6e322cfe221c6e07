import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { leaseStore } from '../../../controllers/kube/lease-store.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { LeaderElector } from '../../../controllers/runtime/lease.ts';
import { silentLogger } from '../../../controllers/runtime/log.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import type { RunningOperator } from '../../fixtures/operator/memory-installation.ts';
import { clusterManifest } from '../../fixtures/operator/objects.ts';

jest.setTimeout(120_000);

const LEASE = { namespace: 'qbo-system', name: 'qbo-operator' };

let installation: MemoryInstallation;

beforeAll(async () => {
  installation = await MemoryInstallation.start();
});

afterAll(async () => installation?.remove());

/** A replica that writes down each of its writes. */
function replica(identity: string): RunningOperator & { readonly writes: string[]; readonly elector: LeaderElector } {
  const clock = new SystemClock();
  const store = leaseStore(installation.clientAsOperator(), LEASE);
  const elector = new LeaderElector({ store, identity, clock, log: silentLogger, retryMs: 500 });
  const writes: string[] = [];
  const running = installation.run({
    election: elector,
    onRequest: ({ method, code }) => {
      if (method !== 'GET') writes.push(`${method} ${code}`);
    },
  });
  return { stop: () => running.stop(), writes, elector };
}

const ready = (name: string): Promise<string> =>
  installation.kubectl('wait', '--for=condition=Ready', `cluster/${name}`, '--timeout=30s');

test('of two replicas one works, and when it stops the other goes on at once', async () => {
  const first = replica('first');
  await eventually('the first leads', () => Promise.resolve(first.elector.isLeader), { timeoutMs: 10_000 });
  const second = replica('second');
  await installation.apply(clusterManifest('early', { workers: 1 }));
  await ready('early');
  expect(second.writes).toEqual([]);
  expect(await holder()).toBe('first');

  const stoppedAt = performance.now();
  await first.stop();
  await eventually('the second leads', () => Promise.resolve(second.elector.isLeader), { timeoutMs: 10_000 });
  // It was handed over: nobody had to wait for a lease of 15 s to run out.
  expect(performance.now() - stoppedAt).toBeLessThan(8_000);
  expect(await holder()).toBe('second');
  const written = first.writes.length;
  await installation.apply(clusterManifest('late', { workers: 1 }));
  await ready('late');
  await delay(500);
  expect(first.writes).toHaveLength(written);
});

const holder = (): Promise<string> =>
  installation.kubectl('get', 'lease', LEASE.name, '-n', LEASE.namespace, '-o', 'jsonpath={.spec.holderIdentity}');
