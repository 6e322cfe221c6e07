import type { Clock } from '../runtime/clock.ts';
import type { KubeObject, ObjectKey, Stored } from '../runtime/object.ts';
import type { KubeClient, ResourceType } from './client.ts';
import { Database } from './memory/database.ts';
import { Gate, type FaultHook } from './memory/gate.ts';
import { KindRegistry, type KindRules } from './memory/kind-rules.ts';
import { MemoryClient, type ServerParts } from './memory/memory-client.ts';
import { Reader } from './memory/reader.ts';
import { Writer } from './memory/writer.ts';

export type { FaultHook } from './memory/gate.ts';
export type { KindRules } from './memory/kind-rules.ts';

export interface MemoryApiServerOptions {
  readonly clock: Clock;
  /** Kinds besides the built-in ones of `kinds.ts`. A kind that nobody named answers 404. */
  readonly kinds?: readonly KindRules[];
  /** Changes of a kind that a watch can go back. Default 1000. */
  readonly historySize?: number;
  /** Dependents go with their owners, and deletions propagate as they ask. Default false: propagation is ignored. */
  readonly garbageCollection?: boolean;
  /** Makes uids and generated names. Give a seeded one for runs that can be repeated. */
  readonly random?: () => number;
}

/**
 * An API server that lives in this process: objects, versions, conflicts, finalizers, server-side apply and watches as
 * the real one has them (both pass `client.contract.ts`). There is no authorization, namespaces need not exist, and no
 * controller of Kubernetes runs, so Deployments make no Pods. What it returns is frozen and shared: never copied.
 */
export class MemoryApiServer {
  readonly #parts: ServerParts;
  readonly #reader: Reader;

  constructor(options: MemoryApiServerOptions) {
    const { clock, kinds = [], historySize = 1000, garbageCollection = false, random = Math.random } = options;
    const database = new Database(historySize);
    const registry = new KindRegistry(kinds);
    const writer = new Writer(database, registry, { clock, random, garbageCollection });
    this.#parts = { database, registry, writer, clock, gate: new Gate() };
    this.#reader = new Reader(database, registry);
  }

  /** `user` is the field manager of what it creates and updates. */
  client(user = 'memory'): KubeClient {
    return new MemoryClient(this.#parts, user);
  }

  /** An object as it is now, looked at from beside the server: no request, and no failure. */
  peek<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Stored<T> | undefined {
    return this.#reader.get(type, key) as Stored<T> | undefined;
  }

  /** All objects of a kind as they are now, in all namespaces, by name. */
  peekAll<T extends KubeObject>(type: ResourceType<T>): readonly Stored<T>[] {
    return this.#reader.list(type, {}).items as unknown as readonly Stored<T>[];
  }

  /** Requests by verb and kind since the start, or since they were forgotten: `{'apply Node': 3, 'list Cluster': 1}`. */
  requests(): Readonly<Record<string, number>> {
    return this.#parts.gate.requests();
  }

  /** Writes that were asked for, the latest 10000, in order: `apply/status Node default/a by qbo-node`. */
  writes(): readonly string[] {
    return this.#parts.gate.writes();
  }

  forgetRequests(): void {
    this.#parts.gate.forget();
  }

  /** Called before each request takes effect; the error that it returns is what the caller gets. */
  set onRequest(hook: FaultHook | undefined) {
    this.#parts.gate.onRequest = hook;
  }

  /** Called after each request took effect; the error that it returns is what the caller gets instead of the answer. */
  set onResponse(hook: FaultHook | undefined) {
    this.#parts.gate.onResponse = hook;
  }

  /** Breaks all watches, as a connection does. */
  dropWatches(): void {
    this.#parts.gate.dropWatches();
  }

  /** Forgets all changes until now, so that watches from earlier are refused with 410 Expired. */
  expireHistory(): void {
    this.#parts.database.forgetHistory();
  }

  /** Until `start`, nothing can be asked (KubeUnreachable) and watches are broken. The objects stay. */
  stop(): void {
    this.#parts.gate.setDown(true);
  }

  start(): void {
    this.#parts.gate.setDown(false);
  }
}
