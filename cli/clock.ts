import { setTimeout as delay } from 'node:timers/promises';

/** Time, injected, so that tests own it. Part of what the runtime's clock can do. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`, unless the returned function is called first. */
  after(delayMs: number, callback: () => void): () => void;
  /** Resolves after `delayMs`; rejects when the signal aborts first. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
  sleep: (delayMs, signal) => delay(delayMs, undefined, { signal }),
};
