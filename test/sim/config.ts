/** What of the simulation can be set, and where its settings are read. */
export interface SimConfig {
  /** What histories are made from: the same in every run, unless the environment asks for another. */
  readonly seed: number;
  /** How many histories, of all files together. */
  readonly runs: number;
  /** With the seed of a failure's message: only that history. */
  readonly path: string | undefined;
}

const SEED = 20_261_121;
const RUNS = 2_000;

/** QBO_SIM_SEED, QBO_SIM_RUNS and QBO_SIM_PATH. Throws when one is no number that should be. */
export function readSimConfig(environment: Readonly<Record<string, string | undefined>> = process.env): SimConfig {
  const number = (name: string, otherwise: number): number => {
    const value = Number(environment[name] ?? otherwise);
    if (!Number.isSafeInteger(value)) throw new Error(`${name}=${environment[name] ?? ''} must be a whole number`);
    return value;
  };
  return {
    seed: number('QBO_SIM_SEED', SEED),
    runs: number('QBO_SIM_RUNS', RUNS),
    path: environment['QBO_SIM_PATH'],
  };
}
