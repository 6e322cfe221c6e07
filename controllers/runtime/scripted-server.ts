import type { ListerWatcher, ListPage, ListRequest, WatchEvent, WatchRequest } from './lister-watcher.ts';
import { keyOf, keyString, type KubeObject } from './object.ts';

export interface Thing extends KubeObject {
  readonly spec?: unknown;
}

/** An answer that is a failure, in the shape that the reflector recognises. */
export const failure = (code: number, reason: string, more: object = {}): Error =>
  Object.assign(new Error(`${String(code)} ${reason}`), { code, reason, ...more });

interface Connection {
  readonly send: (event: WatchEvent<Thing>) => void;
  readonly close: (error?: Error) => void;
}

/**
 * For tests: an API server for one kind, with the history, the paging and the ways to fail that a real one has. Faults
 * are used up one by one, in order, by the calls that they are meant for.
 */
export class ScriptedServer implements ListerWatcher<Thing> {
  readonly lists: ListRequest[] = [];
  readonly watches: WatchRequest[] = [];
  /** Each list or watch takes one: an error is thrown, 'hang' never answers, 'ok' is no fault, 'end' ends a watch at once. */
  readonly listFaults: (Error | 'hang' | 'ok')[] = [];
  readonly watchFaults: (Error | 'hang' | 'end' | 'ok')[] = [];
  /** When set, every call fails with it. */
  down: Error | undefined;

  #objects = new Map<string, Thing>();
  #history: { readonly version: number; readonly event: WatchEvent<Thing> }[] = [];
  readonly #connections = new Set<Connection>();
  readonly #snapshots = new Map<string, { readonly items: readonly Thing[]; readonly version: number }>();
  #version = 100;
  #compactedTo = 0;
  #uids = 0;

  get version(): string {
    return String(this.#version);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** What a reader that missed nothing has: key to resourceVersion. */
  contents(): Record<string, string | undefined> {
    return Object.fromEntries([...this.#objects].map(([key, object]) => [key, object.metadata.resourceVersion]));
  }

  put(name: string, more: Partial<Thing['metadata']> = {}, spec?: unknown): Thing {
    this.#version += 1;
    const key = keyString({ namespace: more.namespace ?? '', name });
    const old = this.#objects.get(key);
    if (old === undefined) this.#uids += 1;
    const object: Thing = {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { uid: old?.metadata.uid ?? `uid-${String(this.#uids)}`, ...more, name, resourceVersion: this.version },
      ...(spec !== undefined && { spec }),
    };
    this.#objects.set(key, object);
    this.#publish({ type: old === undefined ? 'ADDED' : 'MODIFIED', object });
    return object;
  }

  remove(name: string): void {
    const old = this.#objects.get(name);
    if (old === undefined) return;
    this.#objects.delete(name);
    this.#version += 1;
    this.#publish({
      type: 'DELETED',
      object: { ...old, metadata: { ...old.metadata, resourceVersion: this.version } },
    });
  }

  /** Forgets how it came to what it is: watches and page tokens from before are expired. */
  compact(): void {
    this.#version += 1;
    this.#compactedTo = this.#version;
    this.#history = [];
    this.#snapshots.clear();
  }

  /** Becomes a server whose history ended long ago: restored from a backup. */
  restore(names: readonly string[]): void {
    this.drop();
    this.#objects = new Map();
    this.#history = [];
    this.#version = 10;
    this.#compactedTo = 0;
    for (const name of names) this.put(name);
  }

  bookmark(): void {
    this.#version += 1;
    const object: Thing = { apiVersion: 'v1', kind: 'Thing', metadata: { name: '', resourceVersion: this.version } };
    for (const connection of this.#connections) connection.send({ type: 'BOOKMARK', object });
  }

  /** Ends every watch, as a server does in good order. */
  end(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Breaks every watch. */
  drop(error: Error = new Error('read ECONNRESET')): void {
    for (const connection of this.#connections) connection.close(error);
  }

  async list(request: ListRequest, _signal: AbortSignal): Promise<ListPage<Thing>> {
    this.lists.push(request);
    await this.#fault(this.listFaults.shift());
    if (request.continue !== undefined) return this.#page(request.continue, request.limit ?? Infinity);
    if (Number(request.resourceVersion ?? 0) > this.#version) {
      throw failure(504, 'Timeout', { message: `Too large resource version: ${request.resourceVersion ?? ''}` });
    }
    const token = `${String(this.#snapshots.size)}/0`;
    this.#snapshots.set(String(this.#snapshots.size), { items: [...this.#objects.values()], version: this.#version });
    return this.#page(token, request.limit ?? Infinity);
  }

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchEvent<Thing>> {
    this.watches.push(request);
    const fault = this.watchFaults.shift();
    if (fault === 'end') return;
    await this.#fault(fault);
    const from = Number(request.resourceVersion);
    if (from < this.#compactedTo) throw failure(410, 'Expired');

    const inbox = this.#history.filter(({ version }) => version > from).map(({ event }) => event);
    let isClosed = false;
    let error: Error | undefined;
    let wake = (): void => undefined;
    const connection: Connection = {
      send: (event) => {
        inbox.push(event);
        wake();
      },
      close: (because) => {
        isClosed = true;
        error = because;
        this.#connections.delete(connection);
        wake();
      },
    };
    this.#connections.add(connection);
    signal.addEventListener('abort', () => {
      connection.close(signal.reason as Error);
    });
    for (;;) {
      for (let event = inbox.shift(); event !== undefined; event = inbox.shift()) yield event;
      if (isClosed) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (error !== undefined) throw error;
  }

  #publish(event: WatchEvent<Thing>): void {
    this.#history.push({ version: this.#version, event });
    for (const connection of this.#connections) connection.send(event);
  }

  async #fault(fault: Error | 'hang' | 'ok' | undefined): Promise<void> {
    if (fault === 'hang') await new Promise(() => undefined);
    if (fault instanceof Error) throw fault;
    if (this.down !== undefined) throw this.down;
  }

  #page(token: string, limit: number): ListPage<Thing> {
    const [id = '', offset = '0'] = token.split('/');
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined) throw failure(410, 'Expired');
    const from = Number(offset);
    const items = snapshot.items.slice(from, from + limit);
    const next = from + limit < snapshot.items.length ? `${id}/${String(from + limit)}` : undefined;
    return { items, resourceVersion: String(snapshot.version), ...(next !== undefined && { continue: next }) };
  }
}

/** What a store holds, in the form of ScriptedServer.contents. */
export const contentsOf = (objects: readonly KubeObject[]): Record<string, string | undefined> =>
  Object.fromEntries(objects.map((object) => [keyString(keyOf(object)), object.metadata.resourceVersion]));
