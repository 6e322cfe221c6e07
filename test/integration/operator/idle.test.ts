import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { HastyClock } from '../../fixtures/operator/hasty-clock.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import { clusterManifest } from '../../fixtures/operator/objects.ts';

jest.setTimeout(120_000);

/** Everything is looked at again every 30 s or 60 s: at this pace, several times within the test. */
const HASTE = 10;
const WATCHED_MS = 10_000;

let installation: MemoryInstallation;

beforeAll(async () => {
  installation = await MemoryInstallation.start();
});

afterAll(async () => installation?.remove());

test('a system in which nothing happens is looked at again and again, and written to not once', async () => {
  const writes: string[] = [];
  installation.run({
    clock: new HastyClock(HASTE),
    onRequest: ({ method, code }) => {
      if (method !== 'GET') writes.push(`${method} ${code}`);
    },
  });
  await installation.apply(clusterManifest('calm', { workers: 2 }), clusterManifest('still', { workers: 0 }));
  await installation.kubectl('wait', '--for=condition=Ready', 'cluster/calm', 'cluster/still', '--timeout=60s');
  // What was under way when the last node became Ready.
  await delay(2_000);
  writes.length = 0;
  const looksBefore = installation.engine.calls.length;

  await delay(WATCHED_MS);

  expect(writes).toEqual([]);
  expect(installation.engine.calls.length).toBeGreaterThan(looksBefore + 20);
});
