import { expect, jest, test } from '@jest/globals';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { diesAtEveryCall } from './crash.ts';

jest.setTimeout(1_800_000);

const isReady = (sim: Simulation): boolean => sim.ready('dev');
const has =
  (workers: number) =>
  (sim: Simulation): boolean =>
    sim.ready('dev') && sim.workers('dev').length === workers && sim.kubeNodes('dev').length === workers + 1;

test('an operator that is killed at any call of a scale-up goes on where the world stands', async () => {
  const { calls, faults } = await diesAtEveryCall({
    workers: 0,
    before: (sim) => sim.until('the cluster is Ready', () => isReady(sim)),
    ask: (sim) => sim.user.scale('dev', 1),
    isDone: has(1),
  });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(50);
});

test('an operator that is killed at any call of a scale-down goes on where the world stands', async () => {
  const { calls, faults } = await diesAtEveryCall({
    workers: 1,
    before: (sim) => sim.until('the cluster is Ready', () => isReady(sim)),
    ask: (sim) => sim.user.scale('dev', 0),
    isDone: has(0),
  });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(30);
});
