import { inSeconds } from '../../runtime/clock.ts';
import type { Clock } from '../../runtime/clock.ts';
import { keyOf, type KubeObject, type ObjectKey, type Stored } from '../../runtime/object.ts';
import type {
  ApplyConfiguration,
  ApplyOptions,
  DeleteOptions,
  IssuedToken,
  KubeClient,
  ListOptions,
  ObjectList,
  ResourceType,
  WatchEvent,
  WatchOptions,
} from '../client.ts';
import { KubeUnreachable } from '../error.ts';
import { PodType, ServiceAccountType } from '../kinds.ts';
import type { Database } from './database.ts';
import { discover } from './discover.ts';
import type { Gate, Verb } from './gate.ts';
import type { KindRegistry } from './kind-rules.ts';
import { Reader } from './reader.ts';
import { notFound } from './refusal.ts';
import { watcher } from './watcher.ts';
import type { Writer } from './writer.ts';

/** The parts of a server that its clients share. */
export interface ServerParts {
  readonly database: Database;
  readonly registry: KindRegistry;
  readonly writer: Writer;
  readonly gate: Gate;
  readonly clock: Clock;
}

interface Target {
  readonly verb: Verb;
  readonly type: ResourceType<KubeObject>;
  readonly key: ObjectKey;
  /** Who writes; absent: the client's user. */
  readonly user?: string;
}

/** One user's way to the objects in memory. */
export class MemoryClient implements KubeClient {
  readonly #server: ServerParts;
  readonly #reader: Reader;
  readonly #user: string;
  #isClosed = false;

  constructor(server: ServerParts, user: string) {
    this.#server = server;
    this.#reader = new Reader(server.database, server.registry);
    this.#user = user;
  }

  get<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    signal: AbortSignal,
  ): Promise<Stored<T> | undefined> {
    return this.#ask({ verb: 'get', type, key }, signal, () => this.#reader.get(type, key) as Stored<T> | undefined);
  }

  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions, signal: AbortSignal): Promise<ObjectList<T>> {
    const target = { verb: 'list', type, key: everyName(options.namespace) } as const;
    return this.#ask(target, signal, () => this.#reader.list(type, options) as unknown as ObjectList<T>);
  }

  async *watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const { database, registry, clock, gate } = this.#server;
    const target = { verb: 'watch', type, key: everyName(options.namespace) } as const;
    const watch = await this.#ask(target, signal, () => {
      const isFromNow = options.resourceVersion === '' || options.resourceVersion === '0';
      return watcher(
        {
          history: database.history(registry.rulesOf(type)),
          from: isFromNow ? database.revision : Number(options.resourceVersion),
          initial: isFromNow ? this.#reader.list(type, { ...options, resourceVersion: '' }).items : [],
          selected: this.#reader.selection(type, options),
          revision: () => database.revision,
          timeoutSeconds: options.timeoutSeconds,
          clock,
          connection: gate.connection,
        },
        signal,
      );
    });
    yield* watch as AsyncIterable<unknown> as AsyncIterable<WatchEvent<T>>;
  }

  apply<T extends KubeObject>(
    type: ResourceType<T>,
    object: ApplyConfiguration,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<Stored<T>> {
    const verb = options.subresource === undefined ? 'apply' : 'apply/status';
    const target = { verb, type, key: keyOf(object), user: options.fieldManager } as const;
    return this.#write(target, signal, () => this.#server.writer.apply(type, object, options));
  }

  create<T extends KubeObject>(type: ResourceType<T>, object: T, signal: AbortSignal): Promise<Stored<T>> {
    const target = { verb: 'create', type, key: keyOf(object) } as const;
    return this.#write(target, signal, () => this.#server.writer.create(type, object, this.#user));
  }

  update<T extends KubeObject>(type: ResourceType<T>, object: T, signal: AbortSignal): Promise<Stored<T>> {
    const target = { verb: 'update', type, key: keyOf(object) } as const;
    return this.#write(target, signal, () => this.#server.writer.update(type, object, this.#user));
  }

  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<Stored<T>> {
    const target = { verb: 'patch', type, key } as const;
    return this.#write(target, signal, () => this.#server.writer.mergePatch(type, key, patch, this.#user));
  }

  delete<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#ask({ verb: 'delete', type, key }, signal, () => {
      this.#server.writer.delete(type, key, options);
    });
  }

  /** Nothing limits disruption here; a test that needs a refusal gives one through the server's `onRequest`. */
  evict(pod: ObjectKey, signal: AbortSignal): Promise<void> {
    return this.#ask({ verb: 'evict', type: PodType, key: pod }, signal, () => {
      this.#server.writer.delete(PodType, pod, {});
    });
  }

  /** A word that no other token is; nothing here asks for it. */
  requestToken(account: ObjectKey, expiresInSeconds: number, signal: AbortSignal): Promise<IssuedToken> {
    return this.#ask({ verb: 'token', type: ServiceAccountType, key: account }, signal, () => {
      const { clock } = this.#server;
      const found = this.#reader.get(ServiceAccountType, account);
      if (found === undefined) throw notFound(ServiceAccountType, account.name);
      const until = clock.now() + Math.max(expiresInSeconds, SHORTEST_TOKEN_SECONDS) * 1000;
      const expiresAt = inSeconds(until);
      return { token: `token-of.${account.namespace}.${account.name}.${String(until)}`, expiresAt };
    });
  }

  async raw(path: string, signal: AbortSignal): Promise<string> {
    await this.#reach(signal);
    this.#server.gate.requireUp();
    return discover(this.#server.registry, path);
  }

  close(): void {
    this.#isClosed = true;
  }

  async #write<T extends KubeObject>(
    target: Target,
    signal: AbortSignal,
    effect: () => { readonly object: Stored<KubeObject> },
  ): Promise<Stored<T>> {
    return (await this.#ask(target, signal, effect)).object as Stored<T>;
  }

  async #ask<R>(target: Target, signal: AbortSignal, effect: () => R): Promise<R> {
    await this.#reach(signal);
    const request = { user: this.#user, ...target };
    this.#server.gate.enter(request);
    const result = effect();
    this.#server.gate.leave(request);
    return result;
  }

  /** Nobody may rely on an answer in the same turn: a network gives none either. */
  async #reach(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#isClosed) throw new KubeUnreachable('This client of the API server in memory was closed.');
    await Promise.resolve();
    signal.throwIfAborted();
  }
}

/** A real server refuses to issue shorter ones. */
const SHORTEST_TOKEN_SECONDS = 600;

const everyName = (namespace = ''): ObjectKey => ({ namespace, name: '' });
