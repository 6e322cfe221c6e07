import type { Clock } from './clock.ts';
import type { ListerWatcher } from './lister-watcher.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from './object.ts';
import { Store, type IndexFunction, type ReadonlyStore } from './store.ts';

/** `initial`: the object was there before the handler was: from the first list, or replayed to a handler that came later. */
export interface ChangeEvent<T extends KubeObject> {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly object: T;
  /** Present when updated. */
  readonly old?: T;
  readonly initial: boolean;
}

export type ChangeHandler<T extends KubeObject> = (event: ChangeEvent<T>) => void;

export interface ReflectorOptions<T extends KubeObject> {
  /** Label of metrics and log lines: the kind's plural. */
  readonly name: string;
  readonly source: ListerWatcher<T>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** In [0, 1); spreads timeouts and retries. Default Math.random. */
  readonly random?: () => number;
}

/**
 * Keeps a store equal to what the API server has, whatever happens in between. Nothing ends it but the caller's signal.
 */
export class Reflector<T extends KubeObject> {
  readonly name: string;
  readonly store: ReadonlyStore<T>;

  constructor(options: ReflectorOptions<T>) {
    this.name = options.name;
    this.store = new Store<T>();
  }

  /** Calls `handler` for everything there is, and then for every change. Returns what ends that. */
  onChange(_handler: ChangeHandler<T>): () => void {
    throw new Error('not there yet');
  }

  /** True once the first list is in the store. */
  hasSynced(): boolean {
    throw new Error('not there yet');
  }

  /** Resolves when hasSynced; rejects with the signal's reason. */
  synced(_signal: AbortSignal): Promise<void> {
    throw new Error('not there yet');
  }

  run(_signal: AbortSignal): Promise<void> {
    throw new Error('not there yet');
  }
}
