import type { Clock } from '../../controllers/runtime/clock.ts';

/** A share in something. It is there until the share is released, which may be done twice. */
export interface Lease<T> {
  readonly value: T;
  release(): void;
}

interface Entry<T> {
  readonly value: T;
  leases: number;
  /** Forgets that it is to be closed. */
  keep: () => void;
}

/** Things that several use at once: made for the first of them, and closed some time after the last has let go. */
export class Shared<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #clock: Clock;
  readonly #lingerMs: number;
  readonly #close: (value: T) => void;

  constructor(clock: Clock, lingerMs: number, close: (value: T) => void) {
    this.#clock = clock;
    this.#lingerMs = lingerMs;
    this.#close = close;
  }

  /** How many there are, those that nobody uses any more but that are not closed yet included. */
  get size(): number {
    return this.#entries.size;
  }

  lease(key: string, make: () => T): Lease<T> {
    const entry = this.#entries.get(key) ?? { value: make(), leases: 0, keep: () => undefined };
    this.#entries.set(key, entry);
    entry.keep();
    entry.leases += 1;
    let isHeld = true;
    return {
      value: entry.value,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        entry.leases -= 1;
        if (entry.leases === 0) this.#endLater(key, entry);
      },
    };
  }

  /** Nobody new gets a share in it; those who have one keep it. */
  discard(key: string, value: T): void {
    const entry = this.#entries.get(key);
    if (entry?.value !== value) return;
    this.#entries.delete(key);
    if (entry.leases > 0) return;
    entry.keep();
    this.#close(value);
  }

  /** Closes everything, in use or not. */
  close(): void {
    for (const entry of this.#entries.values()) {
      entry.keep();
      this.#close(entry.value);
    }
    this.#entries.clear();
  }

  #endLater(key: string, entry: Entry<T>): void {
    const end = (): void => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      this.#close(entry.value);
    };
    // What was discarded has nobody to come back to.
    if (this.#entries.get(key) === entry) entry.keep = this.#clock.after(this.#lingerMs, end);
    else end();
  }
}
