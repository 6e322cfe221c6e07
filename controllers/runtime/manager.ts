import type { Clock } from './clock.ts';
import type { Controller } from './controller.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from './object.ts';
import type { Reflector } from './reflector.ts';
import { asError } from './thrown.ts';

/** Anything that works until told to stop. Resolving earlier is fine; rejecting stops the whole operator. */
export interface Runnable {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
  /** 'always': also while another replica leads, from the first moment to the last. Default 'leading'. */
  readonly when?: 'always' | 'leading';
}

/**
 * Elects one of several replicas. `run` calls `onStartedLeading` once this one leads; its signal aborts when leadership
 * is lost, and when `run`'s does. In the latter case leadership is kept until the callback has ended, and given up then.
 * Rejects when leadership is lost, and with what the callback rejects with.
 */
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

/** What runs, and the promise that it has ended; never rejects. */
interface Part {
  readonly name: string;
  readonly ended: Promise<void>;
}

const GRACE_PERIOD_MS = 20_000;
/** For what was told to stop at once. */
const ABORT_PERIOD_MS = 5_000;
const SYNC_REMINDER_MS = 30_000;

/**
 * Starts and stops everything in the right order. Reflectors first; when their stores are full and this replica leads,
 * controllers and the other runnables. At the stop controllers finish what they have in hand while everything else still
 * works, then leadership is given up, then the rest ends. A part that fails stops the whole.
 */
export class Manager {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #election: Election | undefined;
  readonly #gracePeriodMs: number;
  readonly #reflectors: Pick<Reflector<KubeObject>, 'name' | 'run' | 'synced' | 'hasSynced'>[] = [];
  readonly #controllers: Controller[] = [];
  readonly #runnables: Runnable[] = [];

  constructor({ clock, log, election, gracePeriodMs = GRACE_PERIOD_MS }: ManagerOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#election = election;
    this.#gracePeriodMs = gracePeriodMs;
  }

  addReflector<T extends KubeObject>(reflector: Reflector<T>): void {
    this.#reflectors.push(reflector);
  }

  addController(controller: Controller): void {
    this.#controllers.push(controller);
  }

  addRunnable(runnable: Runnable): void {
    this.#runnables.push(runnable);
  }

  /** True when every store has been filled once: for readiness checks. */
  hasSynced(): boolean {
    return this.#reflectors.every((reflector) => reflector.hasSynced());
  }

  /** Resolves when everything has stopped after `signal` aborted; rejects when a part failed, after stopping the others. */
  async start(signal: AbortSignal): Promise<void> {
    const failure = new AbortController();
    const stop = AbortSignal.any([signal, failure.signal]);
    const last = new AbortController();
    const always = this.#runnables.filter(({ when }) => when === 'always');
    const behind = [...this.#reflectors, ...always].map((each) =>
      begin(each.name, () => each.run(last.signal), last.signal, failure),
    );
    try {
      await this.#syncAll(stop);
      const lead = (leading: AbortSignal): Promise<void> => this.#lead(leading, stop, failure);
      await (this.#election === undefined ? lead(stop) : this.#election.run(stop, lead));
    } catch (error) {
      if (error !== stop.reason) failure.abort(asError(error));
    }
    last.abort(new Error('The operator has stopped'));
    await this.#allEnd(behind, ABORT_PERIOD_MS);
    failure.signal.throwIfAborted();
  }

  async #syncAll(stop: AbortSignal): Promise<void> {
    const remind = (): void => {
      const missing = this.#reflectors.filter((reflector) => !reflector.hasSynced()).map(({ name }) => name);
      this.#log.warn('Still waiting for the first lists', { missing });
      cancel = this.#clock.after(SYNC_REMINDER_MS, remind);
    };
    let cancel = this.#clock.after(SYNC_REMINDER_MS, remind);
    try {
      await Promise.all(this.#reflectors.map((reflector) => reflector.synced(stop)));
    } finally {
      cancel();
    }
    this.#log.info('Caches are filled', { reflectors: this.#reflectors.map(({ name }) => name) });
  }

  /** Resolves when `leading` has aborted and everything that it let start has ended. */
  async #lead(leading: AbortSignal, stop: AbortSignal, failure: AbortController): Promise<void> {
    const abort = new AbortController();
    const runnables = this.#runnables.filter(({ when }) => when !== 'always');
    const parts = [
      ...this.#controllers.map((each) =>
        begin(`controller ${each.name}`, () => each.run(leading, abort.signal), leading, failure),
      ),
      ...runnables.map((each) => begin(each.name, () => each.run(leading), leading, failure)),
    ];
    this.#log.info('Controllers started', { controllers: this.#controllers.map(({ name }) => name) });
    await new Promise((resolve) => {
      if (leading.aborted) resolve(undefined);
      else leading.addEventListener('abort', resolve, { once: true });
    });
    // Whoever lost the lease may have a successor at work already: no grace.
    const graceMs = stop.aborted ? this.#gracePeriodMs : 0;
    this.#log.info('Controllers are stopping', { reason: asError(leading.reason).message, graceMs });
    const cancel = this.#clock.after(graceMs, () => {
      abort.abort(new Error('The grace period of the stop is over'));
    });
    try {
      await this.#allEnd(parts, graceMs + ABORT_PERIOD_MS);
    } finally {
      cancel();
    }
  }

  /** Rejects, naming them, when some of `parts` have not ended after `limitMs`. */
  async #allEnd(parts: readonly Part[], limitMs: number): Promise<void> {
    const running = new Set<Part>();
    for (const part of parts) {
      running.add(part);
      void part.ended.then(() => running.delete(part));
    }
    const timeout = Promise.withResolvers<undefined>();
    const cancel = this.#clock.after(limitMs, () => {
      timeout.resolve(undefined);
    });
    await Promise.race([Promise.all(parts.map(({ ended }) => ended)), timeout.promise]);
    cancel();
    if (running.size === 0) return;
    const names = [...running].map(({ name }) => name).join(', ');
    throw new Error(`${names} did not stop within ${String(limitMs / 1000)} s. End the process`);
  }
}

function begin(name: string, run: () => Promise<void>, signal: AbortSignal, failure: AbortController): Part {
  const ended = (async () => {
    try {
      await run();
    } catch (thrown) {
      const error = asError(thrown);
      // To reject with the reason of one's signal is to have stopped as told.
      if (thrown !== signal.reason) failure.abort(new Error(`${name} failed: ${error.message}`, { cause: error }));
    }
  })();
  return { name, ended };
}
