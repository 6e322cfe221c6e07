/** What a stream remembers at most: the least of the three counts. */
export interface RingLimits {
  readonly messages: number;
  readonly bytes: number;
  readonly ageMs: number;
}

interface Remembered {
  readonly frame: Buffer;
  readonly at: number;
}

/** The last messages of a stream, numbered from 1 on without a gap, for who comes back. */
export class Ring {
  readonly #limits: RingLimits;
  #entries: Remembered[] = [];
  #bytes = 0;
  #last = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  /** Number of the newest message; 0 when there was none. */
  get last(): number {
    return this.#last;
  }

  /** `now`: in milliseconds, of a clock that never goes back. */
  push(frame: Buffer, now: number): void {
    this.#last += 1;
    this.#entries.push({ frame, at: now });
    this.#bytes += frame.length;
    this.#forget(now);
  }

  /** All messages after the one with that number; undefined when they are not all remembered, or it was never sent. */
  after(sequence: number, now: number): readonly Buffer[] | undefined {
    this.#forget(now);
    const missing = this.#last - sequence;
    if (missing < 0 || missing > this.#entries.length) return undefined;
    return this.#entries.slice(this.#entries.length - missing).map(({ frame }) => frame);
  }

  #forget(now: number): void {
    const { messages, bytes, ageMs } = this.#limits;
    let count = 0;
    for (const { frame, at } of this.#entries) {
      const isTooMuch = this.#entries.length - count > messages || this.#bytes > bytes;
      if (!isTooMuch && now - at < ageMs) break;
      this.#bytes -= frame.length;
      count += 1;
    }
    if (count > 0) this.#entries.splice(0, count);
  }
}
