import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Watch } from '../commands/index.ts';
import { Failure } from '../failure.ts';
import type { Payload } from '../wire/message.ts';
import { frameOf } from './frame.ts';
import type { Feed, Outbox } from './outbox.ts';
import { Ring, type RingLimits } from './ring.ts';
import { RowTable } from './row-table.ts';

/** What a message of a stream has beside its payload. Of rows that are sent as they are, the last message alone has a number: they count when they are all there. */
export interface Mark {
  readonly sequence?: number;
  readonly resync?: true;
}

export interface StreamOptions {
  /** The `command_id` of its changes. */
  readonly id: string;
  readonly watch: Watch;
  /** Aborted when the stream ends. */
  readonly stop: AbortController;
  readonly clock: Clock;
  readonly limits: RingLimits;
  /** A change as it goes to everybody. */
  readonly encode: (payload: Payload, mark: Mark) => string;
  /** Nobody has followed it for `limits.ageMs`, or it has failed. */
  readonly onEnd: () => void;
}

/** One socket that follows a stream. */
export interface Subscriber {
  readonly outbox: Outbox;
  /** Rows that are for it alone. */
  encode(payload: Payload, mark: Mark): string;
  /** There is nothing more to follow. */
  ended(reason: unknown): void;
  /** It could not keep up and is sent all rows anew. */
  resynced(): void;
}

export interface Position {
  readonly stream: string;
  /** Number of the last message that was received. */
  readonly after: number;
}

/**
 * The changes of what one user watches, numbered, encoded once and sent to all of their sockets that follow it. Whoever comes gets the rows
 * as they are after the last message, and every message from then on; whoever comes back goes on where they were, as long as it is
 * remembered. It lives on for as long when nobody follows it.
 */
export class Stream {
  readonly id: string;
  readonly #options: StreamOptions;
  readonly #table: RowTable;
  readonly #ring: Ring;
  readonly #subscribers = new Map<Subscriber, Feed>();
  #cancelEnd: () => void = () => undefined;
  #hasEnded = false;

  constructor(options: StreamOptions) {
    this.id = options.id;
    this.#options = options;
    this.#table = new RowTable(options.watch.snapshot());
    this.#ring = new Ring(options.limits);
    void this.#follow();
  }

  get followers(): number {
    return this.#subscribers.size;
  }

  /** True when it went on after `from`; false when all rows were sent. */
  subscribe(subscriber: Subscriber, from?: Position): boolean {
    this.#cancelEnd();
    const feed: Feed = {
      recover: () => {
        subscriber.resynced();
        this.#sendRows(subscriber, true);
      },
    };
    this.#subscribers.set(subscriber, feed);
    const missed = from?.stream === this.id ? this.#ring.after(from.after, this.#options.clock.monotonic()) : undefined;
    if (missed === undefined) this.#sendRows(subscriber, from !== undefined);
    for (const frame of missed ?? []) subscriber.outbox.own(frame);
    return missed !== undefined;
  }

  leave(subscriber: Subscriber): void {
    const feed = this.#subscribers.get(subscriber);
    if (feed === undefined) return;
    subscriber.outbox.leave(feed);
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0 || this.#hasEnded) return;
    this.#cancelEnd = this.#options.clock.after(this.#options.limits.ageMs, () => {
      this.end(undefined);
    });
  }

  /** Tells all who follow it. Can be done again. */
  end(reason: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelEnd();
    this.#options.stop.abort(new Error('The stream has ended'));
    this.#options.onEnd();
    for (const [subscriber, feed] of [...this.#subscribers]) {
      subscriber.outbox.leave(feed);
      subscriber.ended(reason);
    }
    this.#subscribers.clear();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#options.stop;
    try {
      for await (const payload of this.#options.watch.changes(signal)) {
        if (signal.aborted) return;
        this.#changed(payload);
      }
      this.end(new Failure(503, 'What was watched is not to be had any more. Watch it again.'));
    } catch (error) {
      this.end(error);
    }
  }

  #changed(payload: Payload): void {
    const news = this.#table.apply(payload);
    if (news === undefined) return;
    const frame = frameOf(this.#options.encode(news, { sequence: this.#ring.last + 1 }));
    this.#ring.push(frame, this.#options.clock.monotonic());
    for (const [{ outbox }, feed] of this.#subscribers) outbox.feed(feed, frame);
  }

  #sendRows(subscriber: Subscriber, isResync: boolean): void {
    const payloads = this.#table.snapshot();
    for (const [index, payload] of payloads.entries()) {
      const isLast = index === payloads.length - 1;
      const mark = { ...(isLast && { sequence: this.#ring.last }), ...(isResync && { resync: true as const }) };
      subscriber.outbox.own(frameOf(subscriber.encode(payload, mark)));
    }
  }
}
