import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import type { KubeObject, ObjectKey } from './object.ts';
import type { Priority } from './queue.ts';
import type { ChangeEvent, Reflector } from './reflector.ts';

export interface ReconcileContext {
  /** Aborts when the reconcile has taken too long, or when the operator must stop at once. */
  readonly signal: AbortSignal;
  /** Carries controller, reconcileID, namespace and name. */
  readonly log: Logger;
}

/** `{}`: done. `requeueAfterMs`: wanted again then, or earlier. `rateLimited`: wanted again with backoff, without an error. */
export interface Result {
  readonly requeueAfterMs?: number;
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

/** Something beside the API server that knows when to look: called when the controller starts, until `signal` aborts. */
export type Source = (enqueue: Enqueue, signal: AbortSignal) => Promise<void>;

export interface ControllerOptions {
  /** Label of metrics and log lines. */
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly log: Logger;
  /** How many keys at once. Default 1. */
  readonly concurrency?: number;
  readonly sources?: readonly Source[];
  /** After so long a reconcile's signal aborts. Default 60 s. */
  readonly timeoutMs?: number;
  /** Every object is looked at again this often. Default 10 h. */
  readonly resyncMs?: number;
}

export interface WatchOptions<T extends KubeObject> {
  /** Only events that pass enqueue keys. */
  readonly predicate?: (event: ChangeEvent<T>) => boolean;
}

export class Controller {
  readonly name: string;

  constructor(options: ControllerOptions) {
    this.name = options.name;
  }

  /** Enqueues the keys that `map` makes of every object that changes, of its former self too. */
  watch<T extends KubeObject>(
    _reflector: Reflector<T>,
    _map: (object: T) => Iterable<ObjectKey>,
    _options: WatchOptions<T> = {},
  ): void {
    throw new Error('not there yet');
  }

  readonly enqueue: Enqueue = () => {
    throw new Error('not there yet');
  };

  /** Works until `stop` aborts, then finishes what is in hand; `abort` cuts that short. */
  run(_stop: AbortSignal, _abort?: AbortSignal): Promise<void> {
    throw new Error('not there yet');
  }
}
