import { expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { leftBehind } from './aftermath.ts';
import { diesAtEveryCall } from './crash.ts';

jest.setTimeout(1_800_000);

const isGone = (sim: Simulation): boolean => sim.find(ClusterKind, 'dev') === undefined;
const remove = (sim: Simulation): Promise<void> => sim.user.delete(ClusterKind, 'dev');

test('an operator that is killed at any call of a delete goes on with it', async () => {
  const { calls, faults } = await diesAtEveryCall({
    workers: 1,
    before: (sim) => sim.until('the cluster is Ready', () => sim.ready('dev')),
    ask: remove,
    isDone: isGone,
    faults: leftBehind,
  });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(30);
});

test('an operator that is killed at any write of a create leaves nothing behind when the cluster is not wanted any more', async () => {
  const { calls, faults } = await diesAtEveryCall({
    workers: 1,
    isDone: (sim) => sim.ready('dev'),
    meanwhile: remove,
    isDoneAfter: isGone,
    faults: leftBehind,
    onlyWrites: true,
  });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(50);
});
