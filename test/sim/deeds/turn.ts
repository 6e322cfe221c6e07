import type { Container } from '../../../controllers/backends/containers.ts';
import type { KubeObject, Stored } from '../../../controllers/runtime/object.ts';
import type { Simulation } from '../../fixtures/world/simulation.ts';
import type { Weather } from '../weather.ts';
import { isOurs } from '../witness.ts';

/** What a deed may choose from, in the order of its numbers. The same numbers choose the same. */
export type Pick = <T>(choices: readonly T[]) => T | undefined;

export interface Turn {
  readonly sim: Simulation;
  readonly weather: Weather;
  readonly pick: Pick;
  /** How much each call to the engine takes. */
  readonly pace: { latencyMs: number };
}

export type Deed = (turn: Turn) => unknown;

export const named = ({ metadata }: Stored<KubeObject>): string => `${metadata.namespace ?? ''}/${metadata.name}`;

export const ourContainers = ({ sim }: Turn): readonly Container[] => sim.engine.look().containers.filter(isOurs);

/** Does it to one of the operator's containers, if there are any. */
export const toContainer =
  (act: (sim: Simulation, container: Container) => unknown): Deed =>
  (turn) => {
    const container = turn.pick(ourContainers(turn));
    return container && act(turn.sim, container);
  };

/** What a spell of it begins is over after a while, or with the history. */
export const spell =
  (begin: Deed, end: Deed): Deed =>
  (turn) => {
    begin(turn);
    turn.sim.clock.after(turn.pick([200, 6_000, 45_000, 100_000]) ?? 0, () => {
      end(turn);
    });
  };
