import { Heap, type Heaped } from './heap.ts';

/**
 * Time, injected. Nothing outside this file calls setTimeout or Date.now in controllers/, so a test owns time and a
 * simulation can run a day in a second.
 */
export interface Clock {
  /** Milliseconds since the epoch: for timestamps. May jump either way when the machine's clock is set. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back: what durations and deadlines are measured with. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`, unless the returned function is called first. */
  after(delayMs: number, callback: () => void): () => void;
  /** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

abstract class BaseClock implements Clock {
  abstract now(): number;
  abstract monotonic(): number;
  abstract after(delayMs: number, callback: () => void): () => void;

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        reject(signal.reason as Error);
      };
      const cancel = this.after(delayMs, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }
}

/** Waits for `delayMs`; false when `signal` aborted first. For loops that end with their signal. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await clock.sleep(delayMs, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return !signal.aborted;
}

/** Calls `callback` after what is at hand is done, and what has come in over the network meanwhile: sooner than any timer. */
export const soon = (callback: () => void): void => {
  setImmediate(callback);
};

/** setTimeout silently fires at once for longer delays than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class SystemClock extends BaseClock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
    return () => {
      clearTimeout(timer);
    };
  }
}

interface Timer extends Heaped {
  readonly at: number;
  /** Timers of the same moment fire in the order in which they were set. */
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is moved. */
export class FakeClock extends BaseClock {
  readonly #start: number;
  /** Since the start, not since 1970: added to so large a number, a fraction of a millisecond would get lost, and a timer never due. */
  #elapsed = 0;
  #order = 0;
  readonly #timers = new Heap<Timer>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));

  constructor(start = Date.UTC(2026, 0, 1)) {
    super();
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delayMs: number, callback: () => void): () => void {
    this.#order += 1;
    const timer: Timer = { at: this.#elapsed + Math.max(delayMs, 0), order: this.#order, callback, position: -1 };
    this.#timers.push(timer);
    return () => {
      this.#timers.remove(timer);
    };
  }

  /** Timers that have not fired yet. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Time that nobody lived through, as when a machine sleeps: what fell due meanwhile fires late, after all of it. */
  async jump(byMs: number): Promise<void> {
    this.#elapsed += byMs;
    await this.advance(0);
  }

  /** Moves time on, firing every timer that falls due in order, and lets promises settle after each. */
  async advance(byMs: number): Promise<void> {
    const end = this.#elapsed + byMs;
    for (;;) {
      await settle();
      const next = this.#timers.peek();
      if (next === undefined || next.at > end) break;
      this.#timers.remove(next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.callback();
    }
    this.#elapsed = end;
    await settle();
  }
}

/** Lets every promise that can go on go on: a macrotask comes after all microtasks that are due. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** RFC 3339 without fractions, as the API server writes times; `at` in ms since 1970. */
export const inSeconds = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
