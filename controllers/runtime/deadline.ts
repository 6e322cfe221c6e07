import type { Clock } from './clock.ts';

/** Rejects with the signal's reason as soon as it aborts, even when `promise` never settles. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

/** A signal that aborts with its parent's, or once `quietMs` have passed since it was made or last touched. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #parent: AbortSignal;
  readonly #quietMs: number;
  readonly #message: string;
  #touchedAt: number;
  #cancelTimer: () => void = () => undefined;

  readonly #abortWithParent = (): void => {
    this.#cancelTimer();
    this.#controller.abort(this.#parent.reason);
  };

  /** `message` is that of the DeadlineExceeded with which the signal aborts. */
  constructor(clock: Clock, quietMs: number, message: string, parent: AbortSignal) {
    this.#clock = clock;
    this.#parent = parent;
    this.#quietMs = quietMs;
    this.#message = message;
    this.#touchedAt = clock.monotonic();
    if (parent.aborted) this.#abortWithParent();
    else {
      parent.addEventListener('abort', this.#abortWithParent, { once: true });
      this.#arm(quietMs);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Begins the time anew. Costs nothing: the timer looks at the last touch when it fires. */
  touch(): void {
    this.#touchedAt = this.#clock.monotonic();
  }

  /** Must be called when the deadline no longer matters. Does not abort. */
  clear(): void {
    this.#cancelTimer();
    this.#parent.removeEventListener('abort', this.#abortWithParent);
  }

  #arm(delayMs: number): void {
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      const leftMs = this.#touchedAt + this.#quietMs - this.#clock.monotonic();
      if (leftMs > 0) {
        this.#arm(leftMs);
        return;
      }
      this.#parent.removeEventListener('abort', this.#abortWithParent);
      this.#controller.abort(new DeadlineExceeded(this.#message));
    });
  }
}

export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}
