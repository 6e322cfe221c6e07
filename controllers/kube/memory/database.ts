import { isDeepStrictEqual } from 'node:util';
import { keyString, type KubeObject, type ObjectKey, type Stored } from '../../runtime/object.ts';
import { History } from './history.ts';
import { kindId, type CompleteRules } from './kind-rules.ts';
import { sameOwners, type Owned } from './ownership.ts';
import { deepFreeze, treeAt, without, type Tree } from './tree.ts';

/** An object as it is stored. Frozen: it can be handed out as it is. */
export interface Entry extends Owned {
  readonly rules: CompleteRules;
  readonly object: Tree & Stored<KubeObject>;
}

/** All objects of a server, and one counter that every change moves on. */
export class Database {
  readonly #historySize: number;
  readonly #kinds = new Map<string, { readonly entries: Map<string, Entry>; readonly history: History }>();
  readonly #uids = new Set<string>();
  #revision = 1;

  constructor(historySize: number) {
    this.#historySize = historySize;
  }

  get revision(): number {
    return this.#revision;
  }

  find(rules: CompleteRules, key: ObjectKey): Entry | undefined {
    return this.#kind(rules).entries.get(keyString(key));
  }

  has(uid: string): boolean {
    return this.#uids.has(uid);
  }

  /** The objects of a kind, or of all kinds, in no particular order. */
  *entries(rules?: CompleteRules): Generator<Entry> {
    if (rules !== undefined) yield* this.#kind(rules).entries.values();
    else for (const { entries } of this.#kinds.values()) yield* entries.values();
  }

  history(rules: CompleteRules): History {
    return this.#kind(rules).history;
  }

  /** Forgets all changes until now: watches can only begin at the present. */
  forgetHistory(): void {
    for (const { history } of this.#kinds.values()) history.forget(this.#revision);
  }

  /** Stores what is new; what already is as it should be keeps its resourceVersion. */
  put(rules: CompleteRules, draft: Owned, previous: Entry | undefined): Entry {
    if (previous !== undefined && isUnchanged(previous, draft)) return previous;
    const entry = this.#next(rules, draft, generationOf(rules, draft.object, previous?.object));
    const { entries, history } = this.#kind(rules);
    entries.set(keyText(entry.object), entry);
    this.#uids.add(entry.object.metadata.uid);
    history.add({
      type: previous === undefined ? 'ADDED' : 'MODIFIED',
      revision: this.#revision,
      object: entry.object,
      previous: previous?.object,
    });
    return entry;
  }

  remove(entry: Entry): void {
    const { object } = this.#next(entry.rules, entry, entry.object.metadata.generation);
    const { entries, history } = this.#kind(entry.rules);
    entries.delete(keyText(entry.object));
    this.#uids.delete(entry.object.metadata.uid);
    history.add({ type: 'DELETED', revision: this.#revision, object, previous: entry.object });
  }

  #next(rules: CompleteRules, { object, owners }: Owned, generation: number | undefined): Entry {
    this.#revision += 1;
    const metadata = {
      ...treeAt(object, 'metadata'),
      resourceVersion: String(this.#revision),
      ...(generation !== undefined && { generation }),
    };
    return { rules, owners, object: deepFreeze({ ...object, metadata } as unknown as Entry['object']) };
  }

  #kind(rules: CompleteRules): { readonly entries: Map<string, Entry>; readonly history: History } {
    const id = kindId(rules.type);
    const known = this.#kinds.get(id);
    if (known !== undefined) return known;
    const kind = { entries: new Map<string, Entry>(), history: new History(this.#historySize) };
    this.#kinds.set(id, kind);
    return kind;
  }
}

const keyText = ({ metadata }: KubeObject): string =>
  keyString({ namespace: metadata.namespace ?? '', name: metadata.name });

const isUnchanged = (previous: Entry, draft: Owned): boolean =>
  isDeepStrictEqual(previous.object, draft.object) && sameOwners(previous.owners, draft.owners);

/** Counts what the people who wrote it would call a change: of what is asked for, or that it shall go. */
function generationOf(rules: CompleteRules, object: Tree, previous: Tree | undefined): number | undefined {
  if (!rules.generation) return undefined;
  if (previous === undefined) return 1;
  const before = treeAt(previous, 'metadata');
  const isDeleted = before['deletionTimestamp'] !== treeAt(object, 'metadata')['deletionTimestamp'];
  const generation = before['generation'] as number;
  const desired = (tree: Tree): Tree => without(tree, 'metadata', ...(rules.statusSubresource ? ['status'] : []));
  return isDeleted || !isDeepStrictEqual(desired(previous), desired(object)) ? generation + 1 : generation;
}
