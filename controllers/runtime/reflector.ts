import { Backoff } from './backoff.ts';
import { pause, type Clock } from './clock.ts';
import { abortable, Deadline } from './deadline.ts';
import type { ListerWatcher, ListRequest, WatchEvent } from './lister-watcher.ts';
import type { Logger } from './log.ts';
import { keyOf, keyString, type KubeObject } from './object.ts';
import { isExpired, isFromTheFuture, isRefusedAsAsked, isTooManyRequests, retryAfterMs } from './server-failure.ts';
import { isSameVersion, Store, type IndexFunction, type ReadonlyStore } from './store.ts';

/** `initial`: the object was there before the handler was: from the first list, or replayed to a handler that came later. */
export interface ChangeEvent<T extends KubeObject> {
  readonly type: 'added' | 'updated' | 'deleted';
  /** As it is now; of a deleted object the last that was seen. */
  readonly object: T;
  /** Present when updated. */
  readonly old?: T;
  readonly initial: boolean;
}

export type ChangeHandler<T extends KubeObject> = (event: ChangeEvent<T>) => void;

/** What a reflector tells of itself. */
export interface ReflectorMetrics {
  /** Called once: where to read what changes without a call. */
  bind(reflector: {
    readonly store: { readonly size: number };
    readonly lastEventAt: number;
    hasSynced(): boolean;
  }): void;
  listed(): void;
  watched(): void;
  failed(): void;
  handlerFailed(): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  /** Label of metrics and log lines: the kind's plural. */
  readonly name: string;
  readonly source: ListerWatcher<T>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: ReflectorMetrics;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** In [0, 1); spreads timeouts and retries. Default Math.random. */
  readonly random?: () => number;
}

const PAGE = 500;
/** An API server gives up on a list after 60 s; one that has not answered by now never will. */
const LIST_TIMEOUT_MS = 90_000;
const SHORTEST_WATCH_SECONDS = 300;
const LONGEST_WATCH_SECONDS = 600;
/** A watch that is silent so long beyond its own end hangs on a connection that is dead. */
const WATCH_GRACE_MS = 30_000;
/** A watch that ends sooner than this counts as a failure, or a server that ends each at once would be asked without a pause. */
const SHORT_WATCH_MS = 1_000;
/** A watch that breaks is taken up where it was. When that fails too, the server may come back with another history. */
const FAILURES_BEFORE_LIST = 2;

/**
 * Keeps a store equal to what the API server has, whatever happens in between: it lists, then watches from there, and
 * lists again when the server has forgotten where. Every ending and every failure leads to another try; nothing ends it
 * but the caller's signal. Readers see each list at once and whole.
 */
export class Reflector<T extends KubeObject> {
  readonly name: string;
  readonly #store = new Store<T>();
  readonly #source: ListerWatcher<T>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: ReflectorMetrics | undefined;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #firstList = Promise.withResolvers<undefined>();

  /** Where the next watch begins; undefined: list first. */
  #watchFrom: string | undefined;
  /** How to list when it comes to that. The first list takes what the server has at hand. */
  #listHow: ListRequest = { limit: PAGE, resourceVersion: '0' };
  #watchFailures = 0;
  #hasSynced = false;
  #lastEventAt = 0;

  constructor({ name, source, clock, log, metrics, indexes = {}, random = Math.random }: ReflectorOptions<T>) {
    this.name = name;
    this.#source = source;
    this.#clock = clock;
    this.#log = log.child({ reflector: name });
    this.#metrics = metrics;
    this.#random = random;
    this.#backoff = new Backoff({ clock, random, firstMs: 800, maxMs: 30_000, resetAfterMs: 120_000 });
    for (const [index, valuesOf] of Object.entries(indexes)) this.#store.addIndex(index, valuesOf);
    metrics?.bind(this);
  }

  get store(): ReadonlyStore<T> {
    return this.#store;
  }

  /** When the server last said anything, bookmarks included, in milliseconds since the epoch; 0: never. */
  get lastEventAt(): number {
    return this.#lastEventAt;
  }

  /** Calls `handler` for everything there is, and then for every change, in order. Returns what ends that. */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#store.list()) this.#call(handler, { type: 'added', object, initial: true });
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** True once the first list is in the store and its handlers have been called. */
  hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves when hasSynced; rejects with the signal's reason. */
  async synced(signal: AbortSignal): Promise<void> {
    await abortable(this.#firstList.promise, signal);
  }

  /** Resolves when `signal` has aborted, never rejects. May be called once. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#watchFrom === undefined) await this.#list(signal);
        else await this.#watch(this.#watchFrom, signal);
      } catch (error) {
        if (!signal.aborted) await this.#pause(error, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const objects: T[] = [];
    let request = this.#listHow;
    try {
      for (;;) {
        const page = await this.#listPage(request, signal);
        objects.push(...page.items);
        if (page.continue === undefined || page.continue === '') {
          this.#accept(objects, page.resourceVersion);
          return;
        }
        // The token carries the version: a server refuses both together.
        request = { limit: PAGE, continue: page.continue };
      }
    } catch (error) {
      if (isExpired(error) || isFromTheFuture(error) || isRefusedAsAsked(error)) this.#listHow = fresher(this.#listHow);
      throw error;
    }
  }

  async #listPage(request: ListRequest, signal: AbortSignal): ReturnType<ListerWatcher<T>['list']> {
    const deadline = new Deadline(this.#clock, LIST_TIMEOUT_MS, 'The API server did not answer the list', signal);
    try {
      return await abortable(this.#source.list(request, deadline.signal), deadline.signal);
    } finally {
      deadline.clear();
    }
  }

  #accept(objects: readonly T[], resourceVersion: string): void {
    const initial = !this.#hasSynced;
    const { added, updated, deleted } = this.#store.replace(objects);
    this.#advance(resourceVersion);
    this.#watchFailures = 0;
    this.#metrics?.listed();
    for (const object of deleted) this.#emit({ type: 'deleted', object, initial });
    for (const { old, object } of updated) this.#emitUpdate(old, object);
    for (const object of added) this.#emit({ type: 'added', object, initial });
    this.#hasSynced = true;
    this.#firstList.resolve(undefined);
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const timeoutSeconds =
      SHORTEST_WATCH_SECONDS + Math.floor(this.#random() * (LONGEST_WATCH_SECONDS - SHORTEST_WATCH_SECONDS + 1));
    const quietMs = timeoutSeconds * 1000 + WATCH_GRACE_MS;
    const deadline = new Deadline(this.#clock, quietMs, 'The watch was silent beyond its own end', signal);
    const startedAt = this.#clock.monotonic();
    this.#metrics?.watched();
    try {
      const events = this.#source.watch({ resourceVersion, timeoutSeconds }, deadline.signal);
      await eachUntil(events, deadline.signal, (event) => {
        deadline.touch();
        this.#apply(event);
      });
    } finally {
      deadline.clear();
    }
    if (this.#clock.monotonic() - startedAt < SHORT_WATCH_MS) throw new Error('The API server ended the watch at once');
    this.#watchFailures = 0;
  }

  #apply({ type, object }: WatchEvent<T>): void {
    this.#watchFailures = 0;
    if (type === 'DELETED') {
      const old = this.#store.delete(keyString(keyOf(object)));
      if (old !== undefined) this.#emit({ type: 'deleted', object, initial: false });
    } else if (type !== 'BOOKMARK') {
      const old = this.#store.upsert(object);
      if (old === undefined) this.#emit({ type: 'added', object, initial: false });
      else if (!isSameVersion(old, object)) this.#emitUpdate(old, object);
    }
    this.#advance(object.metadata.resourceVersion);
  }

  /** From here on a watch goes on, and a list may be no older. */
  #advance(resourceVersion: string | undefined): void {
    this.#lastEventAt = this.#clock.now();
    if (resourceVersion === undefined || resourceVersion === '') return;
    this.#watchFrom = resourceVersion;
    // No page size: with one, the server would read exactly this version from etcd, and it may be compacted.
    this.#listHow = { resourceVersion };
  }

  /** An object that was deleted and made again under its name is two objects. */
  #emitUpdate(old: T, object: T): void {
    if (old.metadata.uid === object.metadata.uid) {
      this.#emit({ type: 'updated', object, old, initial: false });
    } else {
      this.#emit({ type: 'deleted', object: old, initial: false });
      this.#emit({ type: 'added', object, initial: false });
    }
  }

  #emit(event: ChangeEvent<T>): void {
    for (const handler of this.#handlers) this.#call(handler, event);
  }

  #call(handler: ChangeHandler<T>, event: ChangeEvent<T>): void {
    try {
      handler(event);
    } catch (error) {
      this.#metrics?.handlerFailed();
      this.#log.error('Handler of a change failed', { key: keyString(keyOf(event.object)), event: event.type, error });
    }
  }

  async #pause(error: unknown, signal: AbortSignal): Promise<void> {
    const operation = this.#watchFrom === undefined ? 'list' : 'watch';
    if (operation === 'watch') this.#decideWhetherToList(error);
    const delayMs = Math.max(this.#backoff.next(), retryAfterMs(error));
    this.#metrics?.failed();
    this.#log.warn('API server could not be followed', { operation, error, retryInMs: Math.round(delayMs) });
    await pause(this.#clock, delayMs, signal);
  }

  #decideWhetherToList(error: unknown): void {
    // An overloaded server has lost nothing, and a list would load it more.
    if (isTooManyRequests(error)) return;
    this.#watchFailures += 1;
    if (isExpired(error) || isFromTheFuture(error) || this.#watchFailures >= FAILURES_BEFORE_LIST) {
      this.#watchFrom = undefined;
    }
  }
}

/** First whatever is known, then the newest in pages; when the pages expire before they are read, all at once. */
const fresher = (how: ListRequest): ListRequest => (how.resourceVersion === undefined ? {} : { limit: PAGE });

/** Calls `use` for each item until they end; rejects when `signal` aborts, even when the items hang. */
async function eachUntil<I>(items: AsyncIterable<I>, signal: AbortSignal, use: (item: I) => void): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await abortable(iterator.next(), signal);
      if (next.done === true) return;
      use(next.value);
    }
  } finally {
    // Not awaited: an iterator that hangs would hang its closing too. Its failure says nothing that is not known.
    iterator.return?.().catch(() => undefined);
  }
}
