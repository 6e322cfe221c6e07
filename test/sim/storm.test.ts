import { describe, expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { EngineUnavailable } from '../../crds/errors.ts';
import { cluster } from '../fixtures/world/objects.ts';
import { repeatable } from '../fixtures/world/repeatable.ts';
import { simulation } from '../fixtures/world/simulation.ts';
import { KubeApiError, KubeUnreachable } from '../../controllers/kube/error.ts';

jest.setTimeout(120_000);

const dev = cluster('dev', { workers: 2 });

const REFUSALS = [
  new KubeUnreachable('The connection was reset'),
  new KubeApiError(409, 'Conflict', 'The object has been modified'),
  new KubeApiError(500, 'InternalError', 'etcdserver: request timed out'),
  new KubeApiError(429, 'TooManyRequests', 'Too many requests', 1),
];

/** The engine and the management API server fail one call of about ten; half of those have their effect all the same. */
function weather(seed: number) {
  const random = repeatable(seed * 7_919);
  const share = 0.03 + 0.15 * random();
  const now = { isStormy: true };
  const strikes = (): boolean => now.isStormy && random() < share;
  const engine = (method: string): Error | undefined =>
    method !== 'changes' && strikes() ? new EngineUnavailable({ endpoint: 'memory', why: 'it hung up' }) : undefined;
  const api = (): Error | undefined => (strikes() ? REFUSALS[Math.floor(random() * REFUSALS.length)] : undefined);
  return { now, engine, api };
}

async function stormy(seed: number, watchLagMs: number) {
  const { now, engine, api } = weather(seed);
  const sim = await simulation({
    clusters: [dev],
    watchLagMs,
    engine: { onCall: engine, onReturn: engine },
    before: (world) => {
      world.api.onRequest = api;
      world.api.onResponse = api;
    },
  });
  return { sim, now };
}

describe('when calls fail at random, with and without effect', () => {
  test.each([
    [1, 0],
    [2, 0],
    [3, 50],
    [11, 0],
    [12, 300],
  ])('a cluster is made and goes without residue (seed %i, watches %i ms late)', async (seed, lagMs) => {
    const { sim, now } = await stormy(seed, lagMs);
    await sim.pass(60_000);
    now.isStormy = false;
    await sim.until('the cluster is Ready', () => sim.ready('dev'), 120_000);
    await sim.settled();
    expect(sim.engine.look().containers).toHaveLength(3);
    expect(sim.engine.look().volumes).toHaveLength(9);
    expect(sim.kubeNodes('dev')).toHaveLength(3);

    await sim.user.delete(ClusterKind, 'dev');
    now.isStormy = true;
    await sim.pass(30_000);
    now.isStormy = false;
    await sim.settled();
    expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
    expect(sim.residue()).toEqual([]);
  });

  test('nobody runs in circles: what fails is tried again at a bounded pace', async () => {
    const { sim } = await stormy(2, 0);
    await sim.pass(120_000);
    // Four objects, each tried again after 5 ms, 10 ms, and so on. In circles it would be 100 a second.
    expect(sim.life.writes.length / 120).toBeLessThan(10);
  });
});

test.each([10, 300, 1_000])(
  'watches that are %i ms late make nothing twice and leave nothing behind',
  async (watchLagMs) => {
    const sim = await simulation({ clusters: [dev], watchLagMs }).settled();
    for (const workers of [4, 1]) {
      await sim.user.scale('dev', workers);
      await sim.settled();
      expect(sim.ready('dev')).toBe(true);
      expect(sim.engine.look().containers).toHaveLength(workers + 1);
      expect(sim.kubeNodes('dev')).toHaveLength(workers + 1);
    }
    await sim.user.delete(ClusterKind, 'dev');
    await sim.settled();
    expect(sim.residue()).toEqual([]);
  },
);
