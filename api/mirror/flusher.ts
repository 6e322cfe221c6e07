import type { Clock } from '../../controllers/runtime/clock.ts';
import { Batches } from './batches.ts';

/** Longest time for which sockets are written to before others have their turn. */
const SLICE_MS = 10;
/** A round of writing that takes no longer leaves others enough of the processor. */
const SHORT_ROUND_MS = 20;
/** Longest rest after a round. */
const REST_MS = 25;

/** Something that has messages to write. */
export interface Flushable {
  flush(batches: Batches): void;
}

/**
 * Writes to sockets a moment after they have got something to write, all of it at once. The more there is to do, the later that moment
 * comes and the more goes into one write: ten thousand subscribers cost a write each per round, not per message. After a long round there
 * is a rest, in which more comes together and others get the processor.
 */
export class Flusher {
  readonly #clock: Clock;
  readonly #soon: (callback: () => void) => void;
  readonly #waiting = new Set<Flushable>();
  readonly #batches = new Batches();
  #isScheduled = false;
  /** How long the round has written so far. */
  #roundMs = 0;
  /** Not before then, on the monotonic clock. */
  #restUntil = 0;

  /** @param soon calls back after a moment; by default by the clock, which takes a millisecond. */
  constructor(clock: Clock, soon: (callback: () => void) => void = (callback) => void clock.after(0, callback)) {
    this.#clock = clock;
    this.#soon = soon;
  }

  schedule(outbox: Flushable): void {
    this.#waiting.add(outbox);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const run = (): void => {
      this.#run();
    };
    const restMs = this.#restUntil - this.#clock.monotonic();
    if (restMs > 0) this.#clock.after(restMs, run);
    else this.#soon(run);
  }

  #run(): void {
    this.#isScheduled = false;
    const startedAt = this.#clock.monotonic();
    let now = startedAt;
    for (const outbox of this.#waiting) {
      this.#waiting.delete(outbox);
      outbox.flush(this.#batches);
      now = this.#clock.monotonic();
      if (now - startedAt > SLICE_MS) break;
    }
    this.#batches.clear();
    this.#roundMs += now - startedAt;
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.schedule(next);
      return;
    }
    if (this.#roundMs > SHORT_ROUND_MS) this.#restUntil = now + Math.min(this.#roundMs, REST_MS);
    this.#roundMs = 0;
  }
}
