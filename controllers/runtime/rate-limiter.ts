import type { Clock } from './clock.ts';

/** Says how long a retry of a key has to wait. */
export interface RateLimiter {
  /** Counts one more retry of `key`, and tells the milliseconds to wait before it. */
  delayOf(key: string): number;
  /** The key succeeded, or was given up: its next failure is the first. */
  forget(key: string): void;
  /** Retries of `key` since it was last forgotten. */
  retries(key: string): number;
}

/** Each failure of a key doubles its wait, from `baseMs` up to `maxMs`. Keys do not feel each other. */
export class ExponentialBackoff implements RateLimiter {
  readonly #failures = new Map<string, number>();
  readonly #baseMs: number;
  readonly #maxMs: number;

  constructor(baseMs = 5, maxMs = 1_000_000) {
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
  }

  delayOf(key: string): number {
    const failures = this.retries(key);
    this.#failures.set(key, failures + 1);
    return Math.min(this.#baseMs * 2 ** failures, this.#maxMs);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  retries(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
}

/**
 * All keys share `perSecond` retries, after a burst of `burst`: a thousand keys that fail together do not come back
 * together. But none waits for longer than `maxMs`: when what they all failed by is over, the last of ten thousand would
 * not hear of it for a quarter of an hour.
 */
export class TokenBucket implements RateLimiter {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #maxMs: number;
  /** Negative: so many retries are promised ahead of time. */
  #tokens: number;
  #filledAt: number;

  constructor(clock: Clock, { perSecond = 10, burst = 100, maxMs = 30_000 } = {}) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#maxMs = maxMs;
    this.#tokens = burst;
    this.#filledAt = clock.monotonic();
  }

  delayOf(): number {
    const now = this.#clock.monotonic();
    const filled = this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#filledAt = now;
    const most = (this.#maxMs / 1000) * this.#perSecond;
    this.#tokens = Math.max(Math.min(filled, this.#burst) - 1, -most);
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#perSecond) * 1000;
  }

  forget(): void {
    // The bucket knows no keys.
  }

  retries(): number {
    return 0;
  }
}

/** The longest wait that any of `limiters` asks for. */
export class SlowestOf implements RateLimiter {
  readonly #limiters: readonly RateLimiter[];

  constructor(limiters: readonly RateLimiter[]) {
    this.#limiters = limiters;
  }

  delayOf(key: string): number {
    return Math.max(0, ...this.#limiters.map((limiter) => limiter.delayOf(key)));
  }

  forget(key: string): void {
    for (const limiter of this.#limiters) limiter.forget(key);
  }

  retries(key: string): number {
    return Math.max(0, ...this.#limiters.map((limiter) => limiter.retries(key)));
  }
}

/** What Kubernetes controllers use: 5 ms doubling to `maxMs` for each key, and 10 a second (burst 100, at most 30 s) for all together. */
export const defaultRateLimiter = (clock: Clock, maxMs = 1_000_000): RateLimiter =>
  new SlowestOf([new ExponentialBackoff(5, maxMs), new TokenBucket(clock)]);
