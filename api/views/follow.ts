import type { KubeClient, ResourceType } from '../../controllers/kube/client.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import { listerWatcher, type Scope } from '../../controllers/kube/lister-watcher.ts';
import { abortable } from '../../controllers/runtime/deadline.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import type { ListerWatcher } from '../../controllers/runtime/lister-watcher.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import type { KubeObject, Stored } from '../../controllers/runtime/object.ts';
import { Reflector, type ChangeHandler, type ReflectorMetrics } from '../../controllers/runtime/reflector.ts';
import type { IndexFunction, ReadonlyStore } from '../../controllers/runtime/store.ts';

export interface FollowOptions<T extends KubeObject> {
  readonly kube: KubeClient;
  readonly type: ResourceType<T>;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Logger;
  /** What is kept of an object: a cluster's pods as they are would fill the memory. Default: everything. */
  readonly slim?: (object: Stored<T>) => Stored<T>;
  readonly indexes?: Readonly<Record<string, IndexFunction<Stored<T>>>>;
}

/** Codes of answers that asking again does not change as long as nobody changes the rights. */
const REFUSALS: readonly number[] = [401, 403];

/** The objects of one kind as they are, followed for as long as it is not closed. */
export class Follower<T extends KubeObject> {
  readonly #reflector: Reflector<Stored<T>>;
  readonly #end = new AbortController();
  readonly #troubles = new Set<(error: unknown) => void>();
  #lastError: unknown;

  constructor({ kube, type, scope, clock, log, slim, indexes = {} }: FollowOptions<T>) {
    this.#reflector = new Reflector({
      name: type.plural,
      source: this.#listening(listerWatcher(kube, type, scope), slim ?? ((object) => object)),
      clock,
      log,
      indexes,
      metrics: this.#metrics(),
    });
    void this.#reflector.run(this.#end.signal);
  }

  get store(): ReadonlyStore<Stored<T>> {
    return this.#reflector.store;
  }

  hasSynced(): boolean {
    return this.#reflector.hasSynced();
  }

  /** Calls `handler` for everything there is, and then for every change, in order. Returns what ends that. */
  onChange(handler: ChangeHandler<Stored<T>>): () => void {
    return this.#reflector.onChange(handler);
  }

  /** Called with the error whenever the server can not be followed: it is away, or refuses. Returns what ends that. */
  onTrouble(handler: (error: unknown) => void): () => void {
    this.#troubles.add(handler);
    return () => {
      this.#troubles.delete(handler);
    };
  }

  /** Called with the error when the server refuses to show it. Returns what ends that. */
  onRefusal(handler: (error: KubeApiError) => void): () => void {
    return this.onTrouble((error) => {
      if (isRefusal(error)) handler(error);
    });
  }

  /** Resolves when everything there is is known. Rejects when the server refuses to show it, and with the signal's reason. */
  async synced(signal: AbortSignal): Promise<void> {
    const refused = Promise.withResolvers<never>();
    const stop = this.onRefusal(refused.reject);
    try {
      if (!this.hasSynced() && isRefusal(this.#lastError)) throw this.#lastError;
      await abortable(Promise.race([this.#reflector.synced(signal), refused.promise]), signal);
    } finally {
      stop();
    }
  }

  close(): void {
    this.#end.abort(new Error('Nobody follows it any more'));
  }

  /**
   * The same source, with its errors heard. The first list is the newest: what a server has at hand may be of before the
   * caller's own last change.
   */
  #listening(source: ListerWatcher<Stored<T>>, slim: (object: Stored<T>) => Stored<T>): ListerWatcher<Stored<T>> {
    const hear = (error: unknown): never => {
      this.#lastError = error;
      throw error;
    };
    return {
      list: async ({ resourceVersion, ...request }, signal) => {
        const isAnyAge = resourceVersion === undefined || resourceVersion === '0';
        const newest = isAnyAge ? request : { ...request, resourceVersion };
        const page = await source.list(newest, signal).catch(hear);
        this.#lastError = undefined;
        return { ...page, items: page.items.map(slim) };
      },
      watch: async function* (request, signal) {
        try {
          for await (const event of source.watch(request, signal)) {
            yield event.type === 'BOOKMARK' ? event : { ...event, object: slim(event.object) };
          }
        } catch (error) {
          hear(error);
        }
      },
    };
  }

  /** A reflector tells that it has failed, and what with stands in `#lastError`. */
  #metrics(): ReflectorMetrics {
    return {
      bind: () => undefined,
      listed: () => undefined,
      watched: () => undefined,
      handlerFailed: () => undefined,
      failed: () => {
        for (const handler of this.#troubles) handler(this.#lastError);
      },
    };
  }
}

export const isRefusal = (error: unknown): error is KubeApiError =>
  error instanceof KubeApiError && REFUSALS.includes(error.code);
