import { expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { diesAtEveryCall } from './crash.ts';
import { setPower } from './deeds/user.ts';

jest.setTimeout(1_800_000);

const powerIs =
  (power: 'Running' | 'Stopped' | 'Paused') =>
  (sim: Simulation): boolean =>
    sim.cluster('dev').status?.power === power;

const ask = (power: 'Running' | 'Stopped' | 'Paused') => (sim: Simulation) => setPower(sim, ClusterKind, 'dev', power);

const ready = (sim: Simulation): Promise<Simulation> => sim.until('the cluster is Ready', () => sim.ready('dev'));

/** What the containers do that they should not. */
const notAll =
  (state: string) =>
  ({ engine }: Simulation): string[] =>
    engine
      .look()
      .containers.filter(
        ({ owner, labels, state: now }) => owner !== undefined && labels['qbo.io/instance'] === 'qbo' && now !== state,
      )
      .map(({ name, state: now }) => `${name} is ${now}`);

test('an operator that is killed at any call of a stop goes on with it', async () => {
  const { calls, faults } = await diesAtEveryCall({
    workers: 1,
    before: ready,
    ask: ask('Stopped'),
    isDone: powerIs('Stopped'),
    faults: notAll('exited'),
  });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(10);
});

test('an operator that is killed at any call of a pause goes on with it', async () => {
  const { calls, faults } = await diesAtEveryCall({
    workers: 1,
    before: ready,
    ask: ask('Paused'),
    isDone: powerIs('Paused'),
    faults: notAll('paused'),
  });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(10);
});
