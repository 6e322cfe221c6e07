import type { Clock } from '../../runtime/clock.ts';

/** What is heard of is never the whole truth. */
const LONGEST_MS = 10_000;
/** A change of our own that was not heard of within this was missed. */
const ECHO_MS = 2_000;

/**
 * What was read last, for as long as somebody listens for changes and heard of none but our own: reading a thousand
 * services takes a tenth of a second, and writing one a hundredth. Without a listener everything is read each time.
 */
export class Remembered<T> {
  readonly #clock: Clock;
  readonly #read: (signal: AbortSignal) => Promise<T>;
  #listeners = 0;
  /** Grows with each change: what was being read meanwhile is not kept. */
  #epoch = 0;
  #kept: { readonly value: T; readonly at: number } | undefined;
  /** When changes of our own began that are still to be heard of. */
  #echoes: readonly number[] = [];

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

  /**
   * Does what makes one change that is heard of, after which it is `after` if it was known before. That does not make it
   * any fresher: it is read anew as soon as it would have been.
   */
  async write<R>(after: T, work: () => Promise<R>): Promise<R> {
    const before = this.#kept;
    const begun = this.#clock.monotonic();
    this.forget();
    const epoch = this.#epoch;
    if (this.#listeners > 0) this.#echoes = [...this.#echoes, begun];
    try {
      const result = await work();
      const isAlone = epoch === this.#epoch;
      this.forget();
      if (isAlone && before !== undefined && this.#listeners > 0) this.#kept = { value: after, at: before.at };
      return result;
    } catch (error) {
      this.#echoes = this.#echoes.filter((at) => at !== begun);
      this.forget();
      throw error;
    }
  }

  /** One change was heard of, whose it was is not known: as many as we made ourselves are ours, and one more is not. */
  heard(): void {
    const since = this.#clock.monotonic() - ECHO_MS;
    const [own, ...others] = this.#echoes.filter((at) => at >= since);
    this.#echoes = others;
    if (own === undefined) this.forget();
  }

  /** Somebody listens from now on, and calls `heard` for each change, until `end`. */
  listening(): { end(): void } {
    // What happened before it listened it has not heard.
    this.forget();
    this.#echoes = [];
    this.#listeners += 1;
    return {
      end: () => {
        this.#listeners -= 1;
        this.forget();
      },
    };
  }
}
