import { expect, jest, test } from '@jest/globals';
import { diesAtEveryCall } from './crash.ts';

jest.setTimeout(1_800_000);

test('an operator that is killed at any call of a create goes on where the world stands', async () => {
  const { calls, faults } = await diesAtEveryCall({ workers: 1, isDone: (sim) => sim.ready('dev') });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(150);
});
