import { randomUUID } from 'node:crypto';
import { Backoff } from './backoff.ts';
import { pause, type Clock } from './clock.ts';
import { abortable, Deadline } from './deadline.ts';
import type { Logger } from './log.ts';
import type { Mapping } from './mapping.ts';
import { keyString, parseKey, type KubeObject, type ObjectKey } from './object.ts';
import type { Predicate } from './predicate.ts';
import { WorkQueue, type Priority, type QueueMetrics } from './queue.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { ChangeEvent, Reflector } from './reflector.ts';
import { asError } from './thrown.ts';

export interface ReconcileContext {
  /** Aborts when the reconcile has taken too long, or when the operator must stop at once. */
  readonly signal: AbortSignal;
  /** Carries controller, reconcileID, namespace and name. */
  readonly log: Logger;
}

/**
 * `{}`: done. `requeueAfterMs`: wanted again then, or earlier; `priority`: behind or before others, by default as this time.
 * `spread`: up to this share of it earlier, by chance, so that keys that were looked at together part from each other.
 * `rateLimited`: wanted again with backoff, without an error.
 */
export interface Result {
  readonly requeueAfterMs?: number;
  readonly priority?: Priority;
  readonly spread?: number;
  readonly rateLimited?: boolean;
}

/**
 * Makes the world a step more like what the object named by `key` asks for. Gets a name, never an event: it reads what is
 * wanted and what is there, each time anew. A rejection means: try again with backoff; TerminalError: do not.
 */
export type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<Result>;

/** Trying again would not help; the next change of the object will. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export type Enqueue = (key: ObjectKey, priority?: Priority) => void;

/**
 * Something beside the API server that knows when to look: called when the controller starts, until `signal` aborts. One
 * that ends or fails earlier is called again, with backoff; what it missed in between, only a sweep will find.
 */
export type Source = (enqueue: Enqueue, signal: AbortSignal) => Promise<void>;

/** 'aborted': cut short because the operator stops; neither a success nor a failure. */
export type Outcome = 'success' | 'error' | 'terminal' | 'requeue' | 'requeue_after' | 'aborted';

/** What a controller tells of itself. */
export interface ControllerMetrics {
  readonly queue: QueueMetrics;
  /** Called once, before the first reconcile. */
  starting(concurrency: number): void;
  reconciling(): void;
  reconciled(outcome: Outcome, tookMs: number): void;
  timedOut(): void;
}

export interface ControllerOptions {
  /** Label of metrics and log lines. */
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: ControllerMetrics;
  readonly rateLimiter?: RateLimiter;
  /** How many keys at once, of which a quarter may be of the first list or of a resync. Default 1. */
  readonly concurrency?: number;
  readonly sources?: readonly Source[];
  /** After so long a reconcile's signal aborts. Default 60 s. */
  readonly timeoutMs?: number;
  /** Every object is looked at again this often. Default 10 h. */
  readonly resyncMs?: number;
  /** In [0, 1); spreads retries. Default Math.random. */
  readonly random?: () => number;
}

export interface WatchOptions<T extends KubeObject> {
  readonly predicate?: Predicate<T>;
}

/** A reflector and a mapping, without the type of the objects between them. */
interface Subscription {
  subscribe(): () => void;
  /** Every key that the reflector's objects map to. */
  keys(): Iterable<ObjectKey>;
}

/** Thousands of objects that are looked at after a start are not to make a user's change wait. */
const INITIAL_SHARE = 4;
const TIMEOUT_MS = 60_000;
const RESYNC_MS = 10 * 3_600_000;

/**
 * Takes keys from its queue and reconciles each, never one key twice at once. What a reconcile returns or throws decides
 * when the key comes again; nothing that it throws ends the controller.
 */
export class Controller {
  readonly name: string;
  readonly #options: Required<Pick<ControllerOptions, 'concurrency' | 'sources' | 'timeoutMs' | 'resyncMs'>> &
    ControllerOptions;
  readonly #log: Logger;
  readonly #queue: WorkQueue;
  readonly #subscriptions: Subscription[] = [];

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = { concurrency: 1, sources: [], timeoutMs: TIMEOUT_MS, resyncMs: RESYNC_MS, ...options };
    this.#log = options.log.child({ controller: options.name });
    this.#queue = new WorkQueue({
      clock: options.clock,
      mostInitial: Math.ceil((options.concurrency ?? 1) / INITIAL_SHARE),
      ...(options.rateLimiter && { rateLimiter: options.rateLimiter }),
      ...(options.metrics && { metrics: options.metrics.queue }),
    });
  }

  readonly enqueue: Enqueue = (key, priority = 'live') => {
    this.#queue.add(keyString(key), priority);
  };

  /**
   * Enqueues the keys that `map` makes of every object that changes, and of what it was before. What is there already is
   * enqueued when the controller starts, behind what happens by then.
   */
  watch<T extends KubeObject>(reflector: Reflector<T>, map: Mapping<T>, options: WatchOptions<T> = {}): void {
    const { predicate = () => true } = options;
    const enqueueAll = ({ object, old, initial }: ChangeEvent<T>): void => {
      const keys = new Set([...map(object), ...(old === undefined ? [] : map(old))].map(keyString));
      for (const key of keys) this.#queue.add(key, initial ? 'initial' : 'live');
    };
    this.#subscriptions.push({
      subscribe: () =>
        reflector.onChange((event) => {
          if (predicate(event)) enqueueAll(event);
        }),
      keys: () => reflector.store.list().flatMap((object) => [...map(object)]),
    });
  }

  /**
   * Works until `stop` aborts, then resolves when what is in hand has finished; `abort` cuts that short. Never rejects.
   * May be called once. A reconcile that heeds neither its signal nor `abort` holds its key, and this promise, for good:
   * to let go of it would let a second worker in.
   */
  async run(stop: AbortSignal, abort: AbortSignal = new AbortController().signal): Promise<void> {
    this.#options.metrics?.starting(this.#options.concurrency);
    const unsubscribe = this.#subscriptions.map((subscription) => subscription.subscribe());
    const parts = [
      ...this.#options.sources.map((source) => this.#follow(source, stop)),
      ...Array.from({ length: this.#options.concurrency }, () => this.#work(stop, abort)),
      this.#resync(stop),
    ];
    await Promise.all(parts);
    for (const leave of unsubscribe) leave();
    this.#queue.shutDown();
  }

  async #work(stop: AbortSignal, abort: AbortSignal): Promise<void> {
    for (let key = await this.#queue.get(stop); key !== undefined; key = await this.#queue.get(stop)) {
      await this.#process(key, abort);
      this.#queue.done(key);
    }
  }

  async #process(key: string, abort: AbortSignal): Promise<void> {
    const { clock, reconcile, metrics } = this.#options;
    const objectKey = parseKey(key);
    const log = this.#log.child({ reconcileID: randomUUID(), ...objectKey });
    const startedAt = clock.monotonic();
    const deadline = this.#deadline(abort, log);
    metrics?.reconciling();
    let outcome: Outcome;
    try {
      const result = await reconcile(objectKey, { signal: deadline.signal, log });
      outcome = this.#settle(key, result);
    } catch (thrown) {
      outcome = abort.aborted ? 'aborted' : this.#retry(key, asError(thrown), log);
    } finally {
      deadline.clear();
    }
    const tookMs = clock.monotonic() - startedAt;
    metrics?.reconciled(outcome, tookMs);
    log.debug('Reconciled', { outcome, tookMs: Math.round(tookMs) });
  }

  #deadline(abort: AbortSignal, log: Logger): Deadline {
    const { clock, timeoutMs, metrics } = this.#options;
    const message = `The reconcile took longer than ${String(timeoutMs / 1000)} s`;
    const deadline = new Deadline(clock, timeoutMs, message, abort);
    deadline.signal.addEventListener('abort', () => {
      if (abort.aborted) return;
      metrics?.timedOut();
      log.warn('Reconcile takes too long and was told to stop', { timeoutMs });
    });
    return deadline;
  }

  #settle(key: string, result: Result): Outcome {
    if (result.requeueAfterMs !== undefined && result.requeueAfterMs > 0) {
      this.#queue.forget(key);
      const { random = Math.random } = this.#options;
      const earlier = result.spread === undefined ? 0 : result.spread * random();
      this.#queue.addAfter(key, result.requeueAfterMs * (1 - earlier), result.priority);
      return 'requeue_after';
    }
    if (result.rateLimited === true) {
      this.#queue.addRateLimited(key);
      return 'requeue';
    }
    this.#queue.forget(key);
    return 'success';
  }

  #retry(key: string, error: Error, log: Logger): Outcome {
    if (error instanceof TerminalError) {
      this.#queue.forget(key);
      log.error('Reconcile failed and will not be tried again before the object changes', { error });
      return 'terminal';
    }
    this.#queue.addRateLimited(key);
    log.error('Reconcile failed', { error, retries: this.#queue.retries(key) });
    return 'error';
  }

  async #follow(source: Source, stop: AbortSignal): Promise<void> {
    const { clock, random = Math.random } = this.#options;
    const backoff = new Backoff({ clock, random, firstMs: 800, maxMs: 30_000, resetAfterMs: 120_000 });
    while (!stop.aborted) {
      let error: unknown;
      try {
        await abortable(source(this.enqueue, stop), stop);
      } catch (thrown) {
        error = thrown;
      }
      if (!(await pause(clock, backoff.next(), stop))) return;
      this.#log.warn('Source of keys ended and is started again', { error });
    }
  }

  async #resync(stop: AbortSignal): Promise<void> {
    while (await pause(this.#options.clock, this.#options.resyncMs, stop)) {
      for (const subscription of this.#subscriptions) {
        for (const key of subscription.keys()) this.enqueue(key, 'initial');
      }
    }
  }
}
