import { expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { diesAtEveryCall } from './crash.ts';
import { setPower } from './deeds/user.ts';

jest.setTimeout(1_800_000);

test('an operator that is killed at any call of a start goes on where the world stands', async () => {
  const { calls, faults } = await diesAtEveryCall({
    workers: 1,
    before: async (sim) => {
      await sim.until('the cluster is Ready', () => sim.ready('dev'));
      await setPower(sim, ClusterKind, 'dev', 'Stopped');
      await sim.until('it is stopped', () => sim.cluster('dev').status?.power === 'Stopped');
    },
    ask: (sim) => setPower(sim, ClusterKind, 'dev', 'Running'),
    isDone: (sim) => sim.ready('dev'),
  });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(20);
});
