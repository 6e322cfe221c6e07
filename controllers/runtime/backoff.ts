import type { Clock } from './clock.ts';

export interface BackoffOptions {
  readonly clock: Clock;
  readonly firstMs: number;
  readonly maxMs: number;
  /** After so long without a failure the next one counts as the first. */
  readonly resetAfterMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** How long to wait after each failure in a row: doubling up to a limit, and between half and all of that by chance. */
export class Backoff {
  readonly #options: BackoffOptions;
  #nextMs: number;
  #lastEndedAt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#nextMs = options.firstMs;
  }

  /** Called at a failure: milliseconds to wait. */
  next(): number {
    const { clock, firstMs, maxMs, resetAfterMs, random } = this.#options;
    const now = clock.monotonic();
    if (now - this.#lastEndedAt >= resetAfterMs) this.#nextMs = firstMs;
    const delayMs = this.#nextMs * (0.5 + random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, maxMs);
    this.#lastEndedAt = now + delayMs;
    return delayMs;
  }
}
