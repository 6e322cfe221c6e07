import type { Clock } from '../../../runtime/clock.ts';

/** What is heard of is never the whole truth. */
const LONGEST_MS = 10_000;

/**
 * What was read last, for as long as somebody listens for changes and none was heard of: reading a thousand services takes
 * a third of a second. Without a listener everything is read each time.
 */
export class Remembered<T> {
  readonly #clock: Clock;
  readonly #read: (signal: AbortSignal) => Promise<T>;
  #listeners = 0;
  /** Grows with each change: what was being read meanwhile is not kept. */
  #epoch = 0;
  #kept: { readonly value: T; readonly at: number } | undefined;

  constructor(clock: Clock, read: (signal: AbortSignal) => Promise<T>) {
    this.#clock = clock;
    this.#read = read;
  }

  async get(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const isFresh = this.#kept !== undefined && this.#clock.monotonic() - this.#kept.at < LONGEST_MS;
    return isFresh && this.#kept !== undefined ? this.#kept.value : this.anew(signal);
  }

  async anew(signal: AbortSignal): Promise<T> {
    const epoch = this.#epoch;
    const at = this.#clock.monotonic();
    const value = await this.#read(signal);
    if (this.#listeners > 0 && epoch === this.#epoch) this.#kept = { value, at };
    return value;
  }

  forget(): void {
    this.#epoch += 1;
    this.#kept = undefined;
  }

  /** Somebody listens from now on, and calls `forget` for each change, until `end`. */
  listening(): { end(): void } {
    // What it heard before it listened it has not heard.
    this.forget();
    this.#listeners += 1;
    return {
      end: () => {
        this.#listeners -= 1;
        this.forget();
      },
    };
  }
}
