import type { DeleteOptions } from '../client.ts';
import type { Database, Entry } from './database.ts';
import type { Tree } from './tree.ts';

const FOREGROUND = 'foregroundDeletion';

export interface GarbageActions {
  /** Deletes, or marks as being deleted. */
  remove(entry: Entry): void;
  write(current: Entry, object: Tree): void;
  now(): string;
}

/**
 * Deletes what is left without any of its owners, as the garbage collector of kube-controller-manager does; but at once,
 * so that a test sees the end without waiting.
 */
export class GarbageCollector {
  readonly #database: Database;
  readonly #actions: GarbageActions;

  constructor(database: Database, actions: GarbageActions) {
    this.#database = database;
    this.#actions = actions;
  }

  delete(entry: Entry, propagation: NonNullable<DeleteOptions['propagation']>): void {
    if (propagation === 'Orphan') this.#orphan(entry);
    if (propagation === 'Foreground') this.#foreground(entry);
    else this.#actions.remove(entry);
  }

  /** Who was owned by what has gone goes too, and an owner that waited for it may go now. */
  afterRemoval(entry: Entry): void {
    for (const dependent of this.#dependents(entry)) this.#collect(dependent);
    for (const reference of entry.object.metadata.ownerReferences ?? []) {
      const owner = [...this.#database.entries()].find(({ object }) => object.metadata.uid === reference.uid);
      if (owner !== undefined) this.#release(owner);
    }
  }

  /** An owner may be gone before its dependent is born. */
  afterWrite(entry: Entry): void {
    this.#collect(entry);
  }

  #collect(entry: Entry): void {
    const { ownerReferences = [], deletionTimestamp } = entry.object.metadata;
    if (ownerReferences.length === 0 || deletionTimestamp !== undefined) return;
    if (!ownerReferences.some(({ uid }) => this.#database.has(uid))) this.#actions.remove(entry);
  }

  #orphan(owner: Entry): void {
    for (const dependent of this.#dependents(owner)) {
      const { ownerReferences = [], ...metadata } = dependent.object.metadata;
      const left = ownerReferences.filter(({ uid }) => uid !== owner.object.metadata.uid);
      const next = left.length === 0 ? metadata : { ...metadata, ownerReferences: left };
      this.#actions.write(dependent, { ...dependent.object, metadata: next });
    }
  }

  #foreground(owner: Entry): void {
    const { metadata } = owner.object;
    if (metadata.deletionTimestamp !== undefined) return;
    const finalizers = [...(metadata.finalizers ?? []), FOREGROUND];
    const marked = { ...metadata, finalizers, deletionTimestamp: this.#actions.now(), deletionGracePeriodSeconds: 0 };
    this.#actions.write(owner, { ...owner.object, metadata: marked });
    for (const dependent of this.#dependents(owner)) {
      const current = this.#current(dependent);
      if (current !== undefined) this.delete(current, 'Foreground');
    }
    const waiting = this.#current(owner);
    if (waiting !== undefined) this.#release(waiting);
  }

  /** Takes our finalizer off an owner that nothing blocks any more. */
  #release(owner: Entry): void {
    const { finalizers = [], ...metadata } = owner.object.metadata;
    if (!finalizers.includes(FOREGROUND)) return;
    const isBlocking = ({ object }: Entry): boolean =>
      object.metadata.ownerReferences?.some(
        ({ uid, blockOwnerDeletion }) => uid === metadata.uid && blockOwnerDeletion === true,
      ) === true;
    if (this.#dependents(owner).some(isBlocking)) return;
    const left = finalizers.filter((finalizer) => finalizer !== FOREGROUND);
    const next = left.length === 0 ? metadata : { ...metadata, finalizers: left };
    this.#actions.write(owner, { ...owner.object, metadata: next });
  }

  #dependents(owner: Entry): Entry[] {
    const { uid } = owner.object.metadata;
    return [...this.#database.entries()].filter(({ object }) =>
      object.metadata.ownerReferences?.some((reference) => reference.uid === uid),
    );
  }

  #current({ rules, object: { metadata } }: Entry): Entry | undefined {
    const found = this.#database.find(rules, { namespace: metadata.namespace ?? '', name: metadata.name });
    return found?.object.metadata.uid === metadata.uid ? found : undefined;
  }
}
