import type { Batches } from './batches.ts';
import type { Flushable, Flusher } from './flusher.ts';

/** Where frames go: a socket. */
export interface Sink {
  /** False: it holds as much as it should, and `drained` will be called. */
  write(bytes: Buffer): boolean;
}

/** Messages that are the same for many sockets: the log of a mirror, or a stream of changes. */
export interface Feed {
  /** There is room again, and so many messages of this feed were thrown away: make whole, by `own`, whoever reads the outbox. */
  recover(dropped: number): void;
}

export interface OutboxLimits {
  /** How much of feeds may wait. */
  readonly queueMessages: number;
  readonly queueBytes: number;
  /** How much of its own may wait before no more commands are read from the socket. */
  readonly pauseBytes: number;
  /** How much of its own may wait at all. */
  readonly replyBytes: number;
}

export interface OutboxOptions {
  readonly sink: Sink;
  readonly flusher: Flusher;
  readonly limits: OutboxLimits;
  /** Own messages wait for a reader that does not read: whether to take more commands. */
  readonly onFull: (isFull: boolean) => void;
  /** More of its own waits than may: the socket is to be closed. Nothing more is taken. */
  readonly onOverflow: () => void;
  /** Messages of a feed were thrown away. */
  readonly onDropped: (messages: number) => void;
}

interface Entry {
  readonly frame: Buffer;
  readonly feed: Feed | undefined;
}

/** Most bytes that are put into one write: what a slow socket holds beside its queue. */
const BATCH_BYTES = 64 * 1024;

/**
 * What waits to be written to one socket, in order. Its own messages (answers to its commands, snapshots) are never thrown away; those of
 * feeds are bounded. Where they become too many, all that wait of the feed are thrown away, it is cut off, and told to recover once
 * everything else is written: nobody misses something without being told, and a reader that is slow costs no more than the bound.
 */
export class Outbox implements Flushable {
  readonly #options: OutboxOptions;
  #entries: Entry[] = [];
  /** Entries before it are written. */
  #written = 0;
  #feedMessages = 0;
  #feedBytes = 0;
  #ownBytes = 0;
  /** Feeds that were cut off, and how many of their messages are lost. */
  readonly #lost = new Map<Feed, number>();
  #isBlocked = false;
  #isFull = false;
  #isClosed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Bytes that wait. */
  get size(): number {
    return this.#feedBytes + this.#ownBytes;
  }

  /** The socket takes nothing at the moment. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** A message for this socket alone, or one that it may not miss. */
  own(frame: Buffer): void {
    if (this.#isClosed) return;
    if (this.#ownBytes + frame.length > this.#options.limits.replyBytes && this.#ownBytes > 0) {
      this.close();
      this.#options.onOverflow();
      return;
    }
    this.#ownBytes += frame.length;
    this.#push({ frame, feed: undefined });
    this.#tellFull();
  }

  /** A message that others get too. */
  feed(feed: Feed, frame: Buffer): void {
    if (this.#isClosed) return;
    const lost = this.#lost.get(feed);
    const { queueMessages, queueBytes } = this.#options.limits;
    if (lost !== undefined) {
      this.#lost.set(feed, lost + 1);
      this.#options.onDropped(1);
    } else if (this.#feedMessages >= queueMessages || this.#feedBytes + frame.length > queueBytes) {
      this.#cutOff(feed);
    } else {
      this.#feedMessages += 1;
      this.#feedBytes += frame.length;
      this.#push({ frame, feed });
    }
  }

  /** Forgets a feed: its messages that wait are still written, and there is no recovery. */
  leave(feed: Feed): void {
    this.#lost.delete(feed);
  }

  /** The socket takes more again. */
  drained(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#options.flusher.schedule(this);
  }

  /** Writes as much as the socket takes. */
  flush(batches: Batches): void {
    while (!this.#isBlocked && !this.#isClosed && this.#written < this.#entries.length) {
      this.#isBlocked = !this.#options.sink.write(batches.of(this.#nextFrames()));
    }
    this.#tellFull();
    if (!this.#isBlocked && !this.#isClosed) this.#recover();
  }

  /** Nothing is taken or written any more. */
  close(): void {
    this.#isClosed = true;
    this.#entries = [];
    this.#written = 0;
    this.#feedMessages = 0;
    this.#feedBytes = 0;
    this.#ownBytes = 0;
    this.#lost.clear();
  }

  #push(entry: Entry): void {
    this.#entries.push(entry);
    if (!this.#isBlocked) this.#options.flusher.schedule(this);
  }

  #nextFrames(): Buffer[] {
    const frames: Buffer[] = [];
    let size = 0;
    for (; this.#written < this.#entries.length; this.#written += 1) {
      const { frame, feed } = this.#entries[this.#written] as Entry;
      if (frames.length > 0 && size + frame.length > BATCH_BYTES) break;
      frames.push(frame);
      size += frame.length;
      this.#account(frame, feed);
    }
    if (this.#written === this.#entries.length) this.#compact();
    // Once in a while, so that what is written is not kept, and each entry is moved once on average.
    else if (this.#written > 1024 && this.#written * 2 > this.#entries.length) this.#compact();
    return frames;
  }

  #account(frame: Buffer, feed: Feed | undefined): void {
    if (feed === undefined) {
      this.#ownBytes -= frame.length;
    } else {
      this.#feedMessages -= 1;
      this.#feedBytes -= frame.length;
    }
  }

  #compact(): void {
    this.#entries = this.#entries.slice(this.#written);
    this.#written = 0;
  }

  #cutOff(feed: Feed): void {
    this.#compact();
    const kept = this.#entries.filter((entry) => entry.feed !== feed);
    for (const { frame } of this.#entries.filter((entry) => entry.feed === feed)) this.#account(frame, feed);
    const dropped = this.#entries.length - kept.length + 1;
    this.#entries = kept;
    this.#lost.set(feed, dropped);
    this.#options.onDropped(dropped);
  }

  #recover(): void {
    const lost = [...this.#lost];
    this.#lost.clear();
    for (const [feed, dropped] of lost) feed.recover(dropped);
  }

  #tellFull(): void {
    const isFull = this.#ownBytes > this.#options.limits.pauseBytes;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#options.onFull(isFull);
  }
}
