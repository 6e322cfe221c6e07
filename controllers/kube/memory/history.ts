import { KubeApiError } from '../error.ts';
import type { Tree } from './tree.ts';

/** One change of one object. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly object: Tree;
  /** As it was before; a watch with a selector needs it to see that an object has left its sight. */
  readonly previous: Tree | undefined;
}

/** The latest changes of one kind, for those who watch it: so many, and no more. */
export class History {
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();
  #changes: Change[] = [];
  #forgottenUntil = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length > this.#limit) {
      // Cut by a tenth at a time: cutting one by one would copy the window at every write.
      const cut = this.#changes.splice(0, Math.ceil(this.#limit / 10));
      this.#forgottenUntil = cut.at(-1)?.revision ?? this.#forgottenUntil;
    }
    this.wake();
  }

  /** The changes after a revision. Throws 410 Expired when some of them are forgotten. */
  since(revision: number): readonly Change[] {
    if (revision < this.#forgottenUntil) {
      const range = `${String(revision)} (${String(this.#forgottenUntil)})`;
      throw new KubeApiError(410, 'Expired', `too old resource version: ${range}`);
    }
    return this.#changes.slice(this.#changes.findLastIndex((change) => change.revision <= revision) + 1);
  }

  /** Forgets everything up to a revision. */
  forget(revision: number): void {
    this.#changes = this.#changes.filter((change) => change.revision > revision);
    this.#forgottenUntil = revision;
  }

  /** Calls back after each change, and when `wake` says so, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  wake(): void {
    for (const listener of this.#listeners) listener();
  }
}
