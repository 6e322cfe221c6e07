import type { Clock } from './clock.ts';
import type { Controller } from './controller.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from './object.ts';
import type { Reflector } from './reflector.ts';

/** Anything that works until told to stop. Resolving earlier is fine; rejecting stops the whole operator. */
export interface Runnable {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
  /** 'always': also while another replica leads. Default 'leading'. */
  readonly when?: 'always' | 'leading';
}

/** Elects: resolves when the signal aborted and leadership is given up, rejects when it is lost. */
export interface Election {
  run(signal: AbortSignal, onStartedLeading: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

export interface ManagerOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Absent: leads at once. */
  readonly election?: Election;
  /** How long running reconciles may go on after the stop. Default 20 s. */
  readonly gracePeriodMs?: number;
}

/** Starts and stops everything in the right order. */
export class Manager {
  constructor(_options: ManagerOptions) {
    throw new Error('not there yet');
  }

  addReflector<T extends KubeObject>(_reflector: Reflector<T>): void {
    throw new Error('not there yet');
  }

  addController(_controller: Controller): void {
    throw new Error('not there yet');
  }

  addRunnable(_runnable: Runnable): void {
    throw new Error('not there yet');
  }

  /** Resolves when everything has stopped after `signal` aborted; rejects when a part failed, after stopping the others. */
  start(_signal: AbortSignal): Promise<void> {
    throw new Error('not there yet');
  }
}
