import type { Clock } from '../../controllers/runtime/clock.ts';
import { Batches } from './batches.ts';

/** Longest time for which sockets are written to before others have their turn. */
const SLICE_MS = 10;

/** Something that has messages to write. */
export interface Flushable {
  flush(batches: Batches): void;
}

/**
 * Writes to sockets a moment after they have got something to write, all of it at once. The more there is to do, the later that moment
 * comes and the more goes into one write: ten thousand subscribers cost a write each per round, not per message.
 */
export class Flusher {
  readonly #clock: Clock;
  readonly #waiting = new Set<Flushable>();
  readonly #batches = new Batches();
  #isScheduled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  schedule(outbox: Flushable): void {
    this.#waiting.add(outbox);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.after(0, () => {
      this.#run();
    });
  }

  #run(): void {
    this.#isScheduled = false;
    const startedAt = this.#clock.monotonic();
    for (const outbox of this.#waiting) {
      this.#waiting.delete(outbox);
      outbox.flush(this.#batches);
      if (this.#clock.monotonic() - startedAt > SLICE_MS) break;
    }
    this.#batches.clear();
    const [next] = this.#waiting;
    if (next !== undefined) this.schedule(next);
  }
}
