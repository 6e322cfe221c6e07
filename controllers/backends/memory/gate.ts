import { EngineUnavailable } from '../../../crds/errors.ts';
import type { Clock } from '../../runtime/clock.ts';

export interface GateOptions {
  readonly clock: Clock;
  /** How long each call takes; 0 by default. */
  readonly latencyMs?: number | ((method: string) => number);
  /** Whether it remembers every call: default true. What makes millions of them has no room for that. */
  readonly keepsCalls?: boolean;
  /** Asked before each call takes effect: an error makes it fail. */
  readonly onCall?: (method: string, args: readonly unknown[]) => Error | undefined;
  /** Asked after each call took effect: an error makes its answer be lost. */
  readonly onReturn?: (method: string, args: readonly unknown[]) => Error | undefined;
  /** What is thrown while nobody answers; EngineUnavailable by default. */
  readonly gone?: (why: string) => Error;
}

const ENDPOINT = 'memory';

const gone = (why: string): EngineUnavailable => new EngineUnavailable({ endpoint: ENDPOINT, why });

/** What every call to the engine goes through: time passes, the engine may be away, a test may have it fail. */
export class Gate {
  readonly #options: GateOptions;
  readonly #calls: string[] = [];
  #session = new AbortController();
  #isAway = false;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Aborted when the connection to the engine breaks. */
  get session(): AbortSignal {
    return this.#session.signal;
  }

  get calls(): readonly string[] {
    return this.#calls;
  }

  async call<T>(
    method: string,
    args: readonly unknown[],
    signal: AbortSignal,
    effect: () => T | Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    await this.enter(method, args, signal);
    const result = await effect();
    const lost = this.#options.onReturn?.(method, args);
    if (lost !== undefined) throw lost;
    return result;
  }

  /** The first half of a call: until it is about to take effect. */
  async enter(method: string, args: readonly unknown[], signal: AbortSignal): Promise<void> {
    const { latencyMs = 0, clock, onCall, keepsCalls = true } = this.#options;
    if (keepsCalls) this.#calls.push([method, ...args.filter((arg) => typeof arg === 'string')].join(' '));
    if (this.#isAway) throw this.#gone('connect ECONNREFUSED');
    const takes = typeof latencyMs === 'number' ? latencyMs : latencyMs(method);
    const session = this.session;
    if (takes > 0) await unless([session, signal], clock.sleep(takes, signal));
    session.throwIfAborted();
    const failure = onCall?.(method, args);
    if (failure !== undefined) throw failure;
  }

  #gone(why: string): Error {
    return (this.#options.gone ?? gone)(why);
  }

  /** Breaks every connection; with `away`, nobody answers any more. */
  interrupt(away: boolean): void {
    this.#isAway = away;
    this.#session.abort(this.#gone('it closed the connection'));
    this.#session = new AbortController();
  }
}

/** The promise's outcome, unless one of the signals aborts first: then its reason. */
export async function unless<T>(signals: readonly AbortSignal[], promise: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const listeners = signals.map((signal) => {
    const abort = (): void => {
      aborted.reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return () => {
      signal.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    for (const stopListening of listeners) stopListening();
  }
}
