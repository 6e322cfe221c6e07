import type { Clock } from './clock.ts';
import { Fifo, type Place } from './fifo.ts';
import { Heap, type Heaped } from './heap.ts';
import { defaultRateLimiter, type RateLimiter } from './rate-limiter.ts';

/** 'live' passes 'initial': what happens now goes before the first list and resyncs. */
export type Priority = 'live' | 'initial';

/** What a queue tells of itself. */
export interface QueueMetrics {
  /** Called once: where to read what changes without a call. */
  bind(queue: Pick<WorkQueue, 'length' | 'runningForMs'>): void;
  added(): void;
  taken(waitedMs: number): void;
  finished(workedMs: number): void;
  retried(): void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly rateLimiter?: RateLimiter;
  readonly metrics?: QueueMetrics;
  /** So many keys of the first list and of resyncs may be in hand at once, whoever waits for more. Default: any number. */
  readonly mostInitial?: number;
}

/** One wish that a key be worked on. A key has at most one; more wishes are merged into it. */
interface Wish extends Heaped {
  readonly key: string;
  priority: Priority;
  /** Monotonic time from which it may be had. */
  dueAt: number;
  /** Delayed: in the heap. Waiting: in a line. Dirty: due, but the key is being worked on, so held back until `done`. */
  state: 'delayed' | 'waiting' | 'dirty';
  place: Place<Wish> | undefined;
}

interface Work {
  readonly priority: Priority;
  readonly startedAt: number;
}

/**
 * Keys to be worked on, with the semantics of client-go's work queue: a key is never in two hands at once; a key that is
 * added while in hand is handed out once more when it is done; a key that is added often before it is taken is taken
 * once. Delays only shorten: of several, the earliest counts, and of several priorities the higher. What is added again
 * while in hand keeps the priority under which it was taken unless told otherwise, so that keys of the first list that
 * wait and come back do not pass those that have not had their turn. Adding is O(log n) for delayed keys, else O(1).
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #rateLimiter: RateLimiter;
  readonly #metrics: QueueMetrics | undefined;
  readonly #mostInitial: number;

  readonly #wishes = new Map<string, Wish>();
  readonly #delayed = new Heap<Wish>((a, b) => a.dueAt < b.dueAt);
  readonly #lines = { live: new Fifo<Wish>(), initial: new Fifo<Wish>() };
  readonly #inHand = new Map<string, Work>();
  /** Those who wait in `get`, in the order in which they came. */
  readonly #takers = new Fifo<(key: string | undefined) => void>();

  #waiting = 0;
  #initialInHand = 0;
  #dirty = 0;
  #isShutDown = false;
  #alarm: { readonly at: number; readonly cancel: () => void } | undefined;
  readonly #drained = Promise.withResolvers<undefined>();

  constructor({ clock, rateLimiter, metrics, mostInitial = Infinity }: WorkQueueOptions) {
    this.#clock = clock;
    this.#rateLimiter = rateLimiter ?? defaultRateLimiter(clock);
    this.#metrics = metrics;
    this.#mostInitial = mostInitial;
    metrics?.bind(this);
  }

  /** Keys that could be taken now. */
  get length(): number {
    return this.#waiting;
  }

  /** For each key in hand, how long it has been so. */
  runningForMs(): number[] {
    const now = this.#clock.monotonic();
    return [...this.#inHand.values()].map(({ startedAt }) => now - startedAt);
  }

  /** Does nothing after shutdown. */
  add(key: string, priority: Priority = 'live'): void {
    this.#wish(key, 0, priority);
  }

  addAfter(key: string, delayMs: number, priority: Priority = this.#inHand.get(key)?.priority ?? 'live'): void {
    this.#wish(key, delayMs, priority);
  }

  /** Adds a key that failed, after the wait that the rate limiter sets. */
  addRateLimited(key: string, priority?: Priority): void {
    if (this.#isShutDown) return;
    this.#metrics?.retried();
    this.addAfter(key, this.#rateLimiter.delayOf(key), priority);
  }

  /** The key succeeded, or was given up: its next failure is the first. Does not take it out of the queue. */
  forget(key: string): void {
    this.#rateLimiter.forget(key);
  }

  retries(key: string): number {
    return this.#rateLimiter.retries(key);
  }

  /** The next key, when there is one; `done` must follow. undefined: the signal aborted, or the queue is shut down and empty. */
  get(signal: AbortSignal): Promise<string | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const key = this.#next();
    if (key !== undefined) return Promise.resolve(key);
    if (this.#isEnded()) return Promise.resolve(undefined);

    return new Promise((resolve) => {
      const leave = (): void => {
        this.#takers.remove(place);
        resolve(undefined);
      };
      const place = this.#takers.push((key) => {
        signal.removeEventListener('abort', leave);
        resolve(key);
      });
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** The work on `key` has ended, well or not. Throws for a key that is not in hand. */
  done(key: string): void {
    const work = this.#inHand.get(key);
    if (work === undefined) throw new Error(`${key} is not in hand: done was called twice, or without get`);
    this.#inHand.delete(key);
    if (work.priority === 'initial') this.#initialInHand -= 1;
    this.#metrics?.finished(this.#clock.monotonic() - work.startedAt);
    const wish = this.#wishes.get(key);
    if (wish?.state === 'dirty') {
      this.#dirty -= 1;
      this.#line(wish);
    }
    // Whoever waits does so because there was nothing, or because this was one too many of its kind.
    if (work.priority === 'initial') this.#serveNext();
    this.#endIfDrained();
  }

  /** Takes no more keys and drops those that are delayed. What is there already is still handed out. */
  shutDown(): void {
    this.#isShutDown = true;
    this.#alarm?.cancel();
    for (let wish = this.#delayed.peek(); wish !== undefined; wish = this.#delayed.peek()) {
      this.#delayed.remove(wish);
      this.#wishes.delete(wish.key);
    }
    this.#endIfDrained();
  }

  /** Shuts down, and resolves when every key that was there has been taken and done. */
  async shutDownWithDrain(): Promise<void> {
    this.shutDown();
    await this.#drained.promise;
  }

  #wish(key: string, delayMs: number, priority: Priority): void {
    if (this.#isShutDown) return;
    const now = this.#clock.monotonic();
    const wish = this.#wishes.get(key);
    if (wish === undefined) {
      this.#metrics?.added();
      const fresh: Wish = { key, priority, dueAt: now + delayMs, state: 'delayed', place: undefined, position: -1 };
      this.#wishes.set(key, fresh);
      if (delayMs > 0) this.#delay(fresh);
      else this.#due(fresh);
      return;
    }
    if (priority === 'live') this.#raise(wish);
    if (wish.state === 'delayed' && now + delayMs < wish.dueAt) this.#hasten(wish, now + delayMs, delayMs <= 0);
  }

  #raise(wish: Wish): void {
    if (wish.priority === 'live') return;
    wish.priority = 'live';
    if (wish.place === undefined) return;
    this.#lines.initial.remove(wish.place);
    wish.place = this.#lines.live.push(wish);
    this.#serveNext();
  }

  #hasten(wish: Wish, dueAt: number, isDue: boolean): void {
    this.#delayed.remove(wish);
    wish.dueAt = dueAt;
    if (isDue) this.#due(wish);
    else this.#delay(wish);
  }

  #delay(wish: Wish): void {
    this.#delayed.push(wish);
    this.#setAlarm();
  }

  #due(wish: Wish): void {
    if (this.#inHand.has(wish.key)) {
      wish.state = 'dirty';
      this.#dirty += 1;
    } else {
      this.#line(wish);
    }
  }

  #line(wish: Wish): void {
    const taker = this.#mayGo(wish.priority) ? this.#takers.shift() : undefined;
    if (taker !== undefined) {
      taker(this.#take(wish));
      return;
    }
    wish.state = 'waiting';
    wish.place = this.#lines[wish.priority].push(wish);
    this.#waiting += 1;
  }

  #mayGo(priority: Priority): boolean {
    return priority === 'live' || this.#initialInHand < this.#mostInitial;
  }

  #next(): string | undefined {
    const wish = this.#lines.live.shift() ?? (this.#mayGo('initial') ? this.#lines.initial.shift() : undefined);
    if (wish === undefined) return undefined;
    this.#waiting -= 1;
    return this.#take(wish);
  }

  #serveNext(): void {
    if (this.#takers.isEmpty) return;
    const key = this.#next();
    if (key !== undefined) this.#takers.shift()?.(key);
  }

  #take(wish: Wish): string {
    const now = this.#clock.monotonic();
    this.#wishes.delete(wish.key);
    this.#inHand.set(wish.key, { priority: wish.priority, startedAt: now });
    if (wish.priority === 'initial') this.#initialInHand += 1;
    this.#metrics?.taken(now - wish.dueAt);
    return wish.key;
  }

  /** One timer for all: the earliest delayed key sets it. */
  #setAlarm(): void {
    const next = this.#delayed.peek();
    if (next === undefined || (this.#alarm !== undefined && this.#alarm.at <= next.dueAt)) return;
    this.#alarm?.cancel();
    const cancel = this.#clock.after(next.dueAt - this.#clock.monotonic(), () => {
      this.#alarm = undefined;
      this.#releaseDue();
    });
    this.#alarm = { at: next.dueAt, cancel };
  }

  #releaseDue(): void {
    const now = this.#clock.monotonic();
    for (let wish = this.#delayed.peek(); wish !== undefined && wish.dueAt <= now; wish = this.#delayed.peek()) {
      this.#delayed.remove(wish);
      this.#due(wish);
    }
    this.#setAlarm();
  }

  #isEnded(): boolean {
    return this.#isShutDown && this.#waiting === 0 && this.#dirty === 0;
  }

  #endIfDrained(): void {
    if (!this.#isEnded()) return;
    for (let taker = this.#takers.shift(); taker !== undefined; taker = this.#takers.shift()) taker(undefined);
    if (this.#inHand.size === 0) this.#drained.resolve(undefined);
  }
}
