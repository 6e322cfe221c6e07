import { keyOf, keyString, type KubeObject, type ObjectKey } from './object.ts';

/** What readers of a cache may do. Objects are shared: never change one. */
export interface ReadonlyStore<T extends KubeObject> {
  readonly size: number;
  get(key: ObjectKey | string): T | undefined;
  list(): T[];
  /** Every object for which the index function gave `value`. Throws when there is no such index. */
  byIndex(index: string, value: string): T[];
}

/** What `replace` changed. */
export interface Replacement<T> {
  readonly added: readonly T[];
  readonly updated: readonly { readonly old: T; readonly object: T }[];
  readonly deleted: readonly T[];
}

export type IndexFunction<T> = (object: T) => readonly string[];

interface Index<T> {
  readonly valuesOf: IndexFunction<T>;
  readonly keys: Map<string, Set<string>>;
}

/** The objects of one kind by key, with secondary indexes. */
export class Store<T extends KubeObject> implements ReadonlyStore<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey | string): T | undefined {
    return this.#objects.get(typeof key === 'string' ? key : keyString(key));
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /** Indexes what is there and what will come. An index function must be pure and may not throw. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    if (this.#indexes.has(name)) throw new Error(`The store has an index ${name} already`);
    const index: Index<T> = { valuesOf, keys: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) link(index, key, object);
  }

  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`The store has no index ${name}: add it with addIndex before asking`);
    return [...(index.keys.get(value) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Puts `object` in place and returns the one that was there. */
  upsert(object: T): T | undefined {
    const key = keyString(keyOf(object));
    const old = this.#objects.get(key);
    for (const index of this.#indexes.values()) {
      if (old !== undefined) unlink(index, key, old);
      link(index, key, object);
    }
    this.#objects.set(key, object);
    return old;
  }

  /** Returns the object that was there. */
  delete(key: ObjectKey | string): T | undefined {
    const name = typeof key === 'string' ? key : keyString(key);
    const old = this.#objects.get(name);
    if (old === undefined) return undefined;
    for (const index of this.#indexes.values()) unlink(index, name, old);
    this.#objects.delete(name);
    return old;
  }

  /** Makes the store hold `objects` and nothing else, and tells what that changed, by equality of resourceVersion alone. */
  replace(objects: readonly T[]): Replacement<T> {
    const added: T[] = [];
    const updated: { old: T; object: T }[] = [];
    const keep = new Set<string>();
    for (const object of objects) {
      keep.add(keyString(keyOf(object)));
      const old = this.upsert(object);
      if (old === undefined) added.push(object);
      else if (!isSameVersion(old, object)) updated.push({ old, object });
    }
    const gone = [...this.#objects.keys()].filter((key) => !keep.has(key));
    return { added, updated, deleted: gone.flatMap((key) => this.delete(key) ?? []) };
  }
}

/** Resource versions are opaque: they can be equal or not, never older or newer. */
export const isSameVersion = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;

function link<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.valuesOf(object)) {
    const keys = index.keys.get(value);
    if (keys === undefined) index.keys.set(value, new Set([key]));
    else keys.add(key);
  }
}

function unlink<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.valuesOf(object)) {
    const keys = index.keys.get(value);
    keys?.delete(key);
    if (keys?.size === 0) index.keys.delete(value);
  }
}
