import fc from 'fast-check';
import type { SimulationOptions } from '../fixtures/world/simulation.ts';
import { readSimConfig } from './config.ts';
import { ALL_DEEDS } from './deeds/index.ts';
import { histories, live } from './history.ts';
import type { History } from './history.ts';

/** Histories are shared out among so many files, which run side by side. */
const PARTS = 8;

export interface Trial {
  readonly seed: number;
  readonly runs: number;
  readonly path?: string | undefined;
  /** Deeds to choose from; all by default. */
  readonly deeds?: readonly string[];
  /** Whether there are load balancers, and what may happen to them. */
  readonly balancing?: boolean;
  /** What is different about the operator, or its world. */
  readonly world?: Partial<SimulationOptions>;
}

/** This part of the histories, or the one that the environment asks for. */
export function trialOf(part: number): Trial {
  const { seed, runs, path } = readSimConfig();
  if (path !== undefined) return { seed, path, runs: 1 };
  return { seed: seed + part, runs: Math.ceil(runs / PARTS) };
}

/** Every history ends as it should. Throws the simplest that was found that does not, and the command that replays it. */
export async function keepsItsPromises(trial: Trial): Promise<void> {
  const { seed, runs, path, balancing = false } = trial;
  const deeds = trial.deeds ?? (balancing ? Object.keys(ALL_DEEDS) : undefined);
  const property = fc.asyncProperty(histories(deeds), (history) => live(history, { ...trial.world, balancing }));
  const outcome = await fc.check(property, { seed, numRuns: runs, ...(path !== undefined && { path }) });
  if (!outcome.failed) return;
  const { counterexample, counterexamplePath, numRuns, numShrinks, errorInstance } = outcome;
  const [history] = counterexample ?? [];
  const replay = `QBO_SIM_SEED=${String(seed)} QBO_SIM_PATH=${counterexamplePath ?? ''} make test-sim TESTS=${
    balancing ? 'balanced-1' : 'histories-1'
  }`;
  throw new Error(
    [
      `History ${String(numRuns)} broke a promise; simplified ${String(numShrinks)} times. To replay it:`,
      '',
      `    ${replay}`,
      '',
      ...(history === undefined ? [] : tell(history)),
      '',
      errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    ].join('\n'),
    { cause: errorInstance },
  );
}

const tell = ({ actions, ...world }: History): string[] => [
  `In a world of ${JSON.stringify(world)}:`,
  ...actions.map((action) => `  ${String(action.afterMs)} ms later: ${action.deed} ${action.with.join(' ')}`),
];
