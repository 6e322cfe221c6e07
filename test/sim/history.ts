import fc from 'fast-check';
import { KubeApiError, KubeUnreachable } from '../../controllers/kube/error.ts';
import { addressPool, cluster } from '../fixtures/world/objects.ts';
import { nodeImageOf } from '../fixtures/world/node-image.ts';
import { simulation } from '../fixtures/world/simulation.ts';
import type { Simulation, SimulationOptions } from '../fixtures/world/simulation.ts';
import { aftermath } from './aftermath.ts';
import { LAN } from './deeds/balancing.ts';
import { ALL_DEEDS, DEEDS } from './deeds/index.ts';
import type { Pick } from './deeds/turn.ts';
import { OTHER_IMAGE } from './deeds/user.ts';
import { strangersOf } from './strangers.ts';
import { Weather } from './weather.ts';
import { MANAGEMENT, Witness } from './witness.ts';

/** One thing that happens: so long after the one before, and to whom or how by what the numbers choose. */
export interface Action {
  readonly afterMs: number;
  readonly deed: string;
  readonly with: readonly number[];
}

export interface History {
  readonly seed: number;
  readonly workers: number;
  /** How late an event of a watch may be. */
  readonly lagMs: number;
  readonly latencyMs: number;
  readonly garbageCollection: boolean;
  readonly actions: readonly Action[];
}

/** Moments between two deeds: the same moment, within one step, one phase, one wait, one sweep. */
const MOMENTS = [0, 3, 40, 300, 1_500, 7_000, 31_000];

const numbers = fc.array(fc.nat({ max: 7 }), { minLength: 3, maxLength: 3 });

const action = (deeds: readonly string[]): fc.Arbitrary<Action> =>
  fc.record({ afterMs: fc.constantFrom(...MOMENTS), deed: fc.constantFrom(...deeds), with: numbers });

/** Any history of these deeds. A simple one is short, of a world without delays. */
export const histories = (deeds: readonly string[] = Object.keys(DEEDS)): fc.Arbitrary<History> =>
  fc.record({
    seed: fc.nat({ max: 999 }),
    workers: fc.constantFrom(1, 0, 2),
    lagMs: fc.constantFrom(0, 0, 20, 300),
    latencyMs: fc.constantFrom(0, 0, 5, 60),
    garbageCollection: fc.boolean(),
    actions: fc.array(action(deeds), { minLength: 1, maxLength: 14 }),
  });

/** Lives through a history to its end, and throws what was wrong with it. */
export async function live(history: History, more: Partial<SimulationOptions> = {}): Promise<void> {
  const trace: string[] = [];
  const witness = new Witness();
  const pace = { latencyMs: history.latencyMs };
  const weather: Weather = new Weather(history.seed, () => sim.clock);
  weather.lagMs = history.lagMs;
  const sim: Simulation = await simulation({
    clusters: [cluster('dev', { workers: history.workers, remediation: { timeout: '1m' } })],
    engine: { ...witness.engine, latencyMs: () => pace.latencyMs },
    dataplane: { ...witness.balancing.dataplane, latencyMs: () => pace.latencyMs },
    settings: { managementContainer: MANAGEMENT },
    passage: {
      fault: (call) => {
        witness.count();
        return weather.fault(call);
      },
      stream: (name, items) => weather.stream(name, items),
    },
    garbageCollection: history.garbageCollection,
    ...more,
    before: async (world) => {
      if (more.balancing === true) await world.user.apply(addressPool('lan', { addresses: LAN, interface: 'eth0' }));
      world.engine.publishImage(OTHER_IMAGE, { ...nodeImageOf('v1.34.2'), durationMs: 20_000 });
      world.engine.foreignContainer(MANAGEMENT);
      strangersOf(world).arrive();
      witness.attend(world);
    },
  });
  const check = (faults: readonly string[]): void => {
    const all = [...witness.violations, ...faults];
    if (all.length > 0) throw new Error([...all, '', ...trace, '', sim.describe()].join('\n'));
  };
  try {
    for (const each of history.actions) {
      await sim.pass(each.afterMs);
      trace.push(tell(each, sim));
      await takePlace(each, { sim, weather, pace });
      check([]);
    }
    check(await aftermath({ sim, weather, pace, witness }));
  } finally {
    sim.life.end();
  }
}

async function takePlace(
  { deed, with: numbers }: Action,
  { sim, weather, pace }: { sim: Simulation; weather: Weather; pace: { latencyMs: number } },
): Promise<void> {
  const left = [...numbers];
  const pick: Pick = (choices) => choices[(left.shift() ?? 0) % Math.max(choices.length, 1)];
  try {
    await ALL_DEEDS[deed]?.({ sim, weather, pick, pace });
  } catch (error) {
    // What the API server refuses a user does not happen.
    if (!(error instanceof KubeApiError) && !(error instanceof KubeUnreachable)) throw error;
  }
}

const tell = ({ deed, with: numbers }: Action, { clock }: Simulation): string =>
  `at ${(clock.monotonic() / 1000).toFixed(3)} s: ${deed} ${numbers.join(' ')}`;
