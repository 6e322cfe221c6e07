import type { KubeClient, ResourceType } from '../kube/client.ts';
import { EndpointSliceType, ServiceType } from '../kube/kinds.ts';
import type { EndpointSlice, Service } from '../kube/kinds.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Enqueue, Source } from '../runtime/controller.ts';
import type { Logger } from '../runtime/log.ts';
import { keyString } from '../runtime/object.ts';
import type { KubeObject, ObjectKey, Stored } from '../runtime/object.ts';
import { Reflector } from '../runtime/reflector.ts';
import { Semaphore } from '../runtime/semaphore.ts';
import type { ReadonlyStore } from '../runtime/store.ts';

export interface WatchesOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** In [0, 1); spreads retries. */
  readonly random: () => number;
  /** The way into a cluster, as it is now: asked for at each list and each watch. */
  readonly connect: (cluster: ObjectKey, signal: AbortSignal) => Promise<KubeClient>;
}

/** What is followed in one workload cluster. Endpoints only when somebody needs to know where they are: they change all the time. */
interface Followed {
  readonly services: Reflector<Stored<Service>>;
  slices?: Reflector<Stored<EndpointSlice>>;
  readonly stop: AbortController;
}

/** So many clusters are listed at once: an operator that starts has thousands to begin with, and other things to do. */
const MOST_AT_ONCE = 32;
/** One that has not answered by then keeps the others no longer: many may be silent. */
const PATIENCE_MS = 500;

/** Follows the Services of many clusters: one watch a cluster. What they tell is kept for as long as the cluster is followed. */
export class ServiceWatches {
  readonly #options: WatchesOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #running = new Set<Promise<void>>();
  readonly #beginning = new Semaphore(MOST_AT_ONCE);
  #life: { readonly enqueue: Enqueue; readonly signal: AbortSignal } | undefined;

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  /** While this runs, clusters can be followed; a cluster of which something changes is enqueued. */
  readonly source: Source = async (enqueue, signal) => {
    this.#life = { enqueue, signal };
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else
        signal.addEventListener(
          'abort',
          () => {
            resolve();
          },
          { once: true },
        );
    });
    this.#life = undefined;
    this.#followed.clear();
    await Promise.all(this.#running);
  };

  /** Its Services; undefined until they are known. */
  services(cluster: ObjectKey): ReadonlyStore<Stored<Service>> | undefined {
    const { services } = this.#follow(cluster) ?? {};
    return services?.hasSynced() === true ? services.store : undefined;
  }

  /** Where its Services' endpoints are; undefined until that is known. */
  slices(cluster: ObjectKey): ReadonlyStore<Stored<EndpointSlice>> | undefined {
    const followed = this.#follow(cluster);
    if (followed === undefined) return undefined;
    followed.slices ??= this.#start(cluster, EndpointSliceType, followed.stop.signal);
    return followed.slices.hasSynced() ? followed.slices.store : undefined;
  }

  forget(cluster: ObjectKey): void {
    const key = keyString(cluster);
    this.#followed.get(key)?.stop.abort(new Error('This cluster is not followed any more'));
    this.#followed.delete(key);
  }

  #follow(cluster: ObjectKey): Followed | undefined {
    const key = keyString(cluster);
    const found = this.#followed.get(key);
    if (found !== undefined || this.#life === undefined) return found;
    const stop = new AbortController();
    const made: Followed = { services: this.#start(cluster, ServiceType, stop.signal), stop };
    this.#followed.set(key, made);
    return made;
  }

  #start<T extends KubeObject>(cluster: ObjectKey, type: ResourceType<T>, stop: AbortSignal): Reflector<Stored<T>> {
    const { clock, log, random, connect } = this.#options;
    const inTurn = async <R>(signal: AbortSignal, ask: (client: KubeClient) => Promise<R>): Promise<R> => {
      const leave = await this.#beginning.enter(signal);
      const cancel = clock.after(PATIENCE_MS, leave);
      try {
        return await ask(await connect(cluster, signal));
      } finally {
        cancel();
        leave();
      }
    };
    const reflector = new Reflector<Stored<T>>({
      name: type.plural,
      clock,
      log: log.child({ cluster: keyString(cluster) }),
      random,
      source: {
        list: (request, signal) => inTurn(signal, (client) => client.list(type, request, signal)),
        watch: async function* (request, signal) {
          const client = await inTurn(signal, (connected) => Promise.resolve(connected));
          yield* client.watch(type, request, signal);
        },
      },
    });
    const { enqueue, signal } = this.#life ?? { enqueue: () => undefined, signal: stop };
    reflector.onChange(() => {
      enqueue(cluster);
    });
    const until = AbortSignal.any([signal, stop]);
    // A cluster without a single one has something to tell too: that there is none.
    const told = reflector.synced(until).then(
      () => {
        enqueue(cluster);
      },
      () => undefined,
    );
    const running = Promise.all([told, reflector.run(until)]).then(() => {
      this.#running.delete(running);
    });
    this.#running.add(running);
    return reflector;
  }
}
