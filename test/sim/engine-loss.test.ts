import { expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { OutOfSpace } from '../../crds/errors.ts';
import { cluster } from '../fixtures/world/objects.ts';
import { simulation } from '../fixtures/world/simulation.ts';

jest.setTimeout(120_000);

const dev = cluster('dev', { workers: 1 });

test.each([0, 50, 2_000, 5_000, 8_000])(
  'an engine that is lost %i ms into a create is named, and it goes on when the engine is back',
  async (ms) => {
    const sim = await simulation({ clusters: [dev] });
    await sim.pass(ms);
    sim.engine.unavailable(true);
    await sim.pass(60_000);
    expect(sim.ready('dev')).toBe(false);
    expect(sim.describe()).toContain('The container engine at memory does not answer');
    expect(sim.describe()).toContain('Start it (sudo systemctl start docker); work goes on by itself when it is back.');
    sim.engine.unavailable(false);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
    expect(sim.engine.look().containers).toHaveLength(2);
  },
);

test('after an engine was away for an hour, it goes on within half a minute', async () => {
  const sim = await simulation({ clusters: [dev] });
  sim.engine.unavailable(true);
  await sim.pass(3_600_000);
  sim.engine.unavailable(false);
  await sim.until('the cluster is Ready', () => sim.ready('dev'), 45_000);
});

test('a cluster that runs says that the engine is lost, and is Ready again when it is back', async () => {
  const sim = await simulation({ clusters: [dev] }).settled();
  sim.engine.unavailable(true);
  await sim.pass(60_000);
  expect(sim.says('dev')).toMatch(/^False .*The container engine at memory does not answer/);
  sim.engine.unavailable(false);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('no space while a container is made is said in the engine’s words, and it goes on when there is some', async () => {
  let isFull = true;
  const sim = await simulation({
    clusters: [dev],
    engine: {
      onCall: (method) =>
        isFull && method === 'create'
          ? new OutOfSpace({ what: 'container control', answer: 'no space left on device' })
          : undefined,
    },
  });
  await sim.pass(60_000);
  expect(sim.says('dev')).toContain('no space left on device');
  expect(sim.says('dev')).toContain('docker system df');
  isFull = false;
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('a management API server that is away for ten minutes stops nothing for good', async () => {
  const sim = await simulation({ clusters: [dev] });
  await sim.pass(2_000);
  sim.api.stop();
  await sim.pass(600_000);
  sim.api.start();
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.pass(20);
  sim.api.stop();
  await sim.pass(600_000);
  sim.api.start();
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});

test('a slow engine only makes it slower', async () => {
  const sim = await simulation({ clusters: [dev], engine: { latencyMs: 400 } }).settled();
  expect(sim.ready('dev')).toBe(true);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});
