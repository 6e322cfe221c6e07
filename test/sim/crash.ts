import { cluster } from '../fixtures/world/objects.ts';
import type { Crash } from '../fixtures/world/life.ts';
import { simulation } from '../fixtures/world/simulation.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { faultsOf } from './aftermath.ts';
import { strangersOf } from './strangers.ts';
import { MANAGEMENT, Witness } from './witness.ts';

/** Something that the operator does, and in the middle of which it may be killed. */
export interface Undertaking {
  /** Workers of the cluster before it. */
  readonly workers: number;
  /** What the world is like before it begins. Default: nothing is there but the declaration. */
  readonly before?: (sim: Simulation) => Promise<unknown>;
  /** Whether there are load balancers. Default: none. */
  readonly balancing?: boolean;
  /** What a user asks for. */
  readonly ask?: (sim: Simulation) => Promise<unknown>;
  readonly isDone: (sim: Simulation) => boolean;
  /** What a user does before the next operator starts. */
  readonly meanwhile?: (sim: Simulation) => Promise<unknown>;
  /** Whether it is done after a death; default: as without one. */
  readonly isDoneAfter?: (sim: Simulation) => boolean;
  /** Deaths are after calls that change something alone. */
  readonly onlyWrites?: boolean;
  /** What is wrong when it is done. Default: what is not as it was asked for. */
  readonly faults?: (sim: Simulation) => readonly string[];
}

export interface Enumeration {
  /** Calls at each of which the operator was killed twice: before the call, and after it. */
  readonly calls: number;
  /** One line for each death after which something was wrong. */
  readonly faults: readonly string[];
}

const WITHIN_MS = 5 * 60_000;

/** Kills the operator at every call that it makes for an undertaking, and has another go on. */
export async function diesAtEveryCall(undertaking: Undertaking): Promise<Enumeration> {
  const example = await begin(undertaking);
  const first = example.sim.life.calls.length + 1;
  await finish(undertaking, example.sim);
  const { life } = example.sim;
  const last = life.calls.length;
  life.end();
  const { onlyWrites = false } = undertaking;
  const faults: string[] = [];
  let calls = 0;
  for (let atCall = first; atCall <= last; atCall++) {
    if (onlyWrites && !life.isWrite(life.calls[atCall - 1] ?? '')) continue;
    calls += 1;
    for (const when of onlyWrites ? (['after'] as const) : (['before', 'after'] as const)) {
      const wrong = await dieOnce(undertaking, { atCall, when });
      faults.push(...wrong.map((fault) => `${when} call ${String(atCall)}, ${fault}`));
    }
  }
  return { calls, faults };
}

async function begin(undertaking: Undertaking, crash?: Crash) {
  const witness = new Witness();
  const sim = await simulation({
    clusters: [cluster('dev', { workers: undertaking.workers })],
    engine: witness.engine,
    dataplane: witness.balancing.dataplane,
    ...(undertaking.balancing && { balancing: true }),
    settings: { managementContainer: MANAGEMENT },
    ...(crash && { crash }),
    before: (world) => {
      world.engine.foreignContainer(MANAGEMENT);
      strangersOf(world).arrive();
      witness.attend(world);
    },
  });
  await undertaking.before?.(sim);
  return { sim, witness };
}

async function finish({ ask, isDone }: Undertaking, sim: Simulation): Promise<void> {
  await ask?.(sim);
  await sim.until('it is done', () => isDone(sim), WITHIN_MS);
}

async function dieOnce(undertaking: Undertaking, crash: Crash): Promise<readonly string[]> {
  const { sim, witness } = await begin(undertaking, crash);
  const { isDone, ask, meanwhile, isDoneAfter = isDone, faults = faultsOf } = undertaking;
  try {
    await ask?.(sim);
    await sim.until('the operator has died', () => sim.life.isOver, WITHIN_MS);
    const where = `${sim.life.calls.at(-1) ?? ''}: `;
    await meanwhile?.(sim);
    sim.start();
    await sim.until('it is done', () => isDoneAfter(sim), WITHIN_MS);
    await sim.settled();
    return [...witness.violations, ...faults(sim)].map((fault) => where + fault);
  } catch (error) {
    return [String(error)];
  } finally {
    sim.life.end();
  }
}
