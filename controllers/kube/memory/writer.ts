import { inSeconds } from '../../runtime/clock.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { KubeObject, ObjectKey } from '../../runtime/object.ts';
import type { ApplyConfiguration, ApplyOptions, DeleteOptions, ResourceType } from '../client.ts';
import { requireKey, requireNamespace } from '../path.ts';
import { admitted, checkKind, checkPreconditions, checkUid, nameOf } from './admission.ts';
import type { Database, Entry } from './database.ts';
import { GarbageCollector } from './garbage-collector.ts';
import type { CompleteRules, KindRegistry } from './kind-rules.ts';
import { applier, applyConfiguration, replaceObject, updater, userFields, type Owned } from './ownership.ts';
import { alreadyExists, conflict, invalid, notFound } from './refusal.ts';
import { isTree, mergePatch, throughTheWire, treeAt, without, type Tree } from './tree.ts';

export interface WriterOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly garbageCollection: boolean;
}

type Type = ResourceType<KubeObject>;

/** What writes do to the database: the rules of the API server that hold for every kind. */
export class Writer {
  readonly #database: Database;
  readonly #registry: KindRegistry;
  readonly #options: WriterOptions;
  readonly #garbage: GarbageCollector | undefined;

  constructor(database: Database, registry: KindRegistry, options: WriterOptions) {
    this.#database = database;
    this.#registry = registry;
    this.#options = options;
    if (options.garbageCollection) {
      this.#garbage = new GarbageCollector(database, {
        remove: (entry) => {
          this.#remove(entry);
        },
        write: (current, object) => {
          this.#store(current.rules, { object, owners: current.owners }, current);
        },
        now: () => this.#now(),
      });
    }
  }

  create(type: Type, object: KubeObject, user: string): Entry {
    const rules = this.#registry.rulesOf(type);
    const tree = this.#named(throughTheWire(object));
    checkKind(type, tree);
    const metadata = treeAt(tree, 'metadata');
    const name = nameOf(tree);
    requireNamespace(type, namespaceOf(tree), name);
    if (name === '') throw invalid(type, name, ['metadata.name: Required value: name or generateName is required']);
    if (this.#database.find(rules, keyIn(rules, tree)) !== undefined) throw alreadyExists(type, name);
    const isStatusDropped = rules.statusSubresource && !rules.statusOnCreate;
    const born = { ...without(tree, ...(isStatusDropped ? ['status'] : [])), metadata: this.#birth(rules, metadata) };
    const complete = admitted(rules, born, undefined);
    return this.#store(rules, replaceObject(NOTHING, complete, updater(user), rules.lists), undefined);
  }

  update(type: Type, object: KubeObject, user: string): Entry {
    const rules = this.#registry.rulesOf(type);
    const tree = throughTheWire(object);
    checkKind(type, tree);
    const current = this.#existing(rules, keyIn(rules, tree));
    checkPreconditions(type, tree, current);
    if (!rules.unconditionalUpdate && object.metadata.resourceVersion === undefined) {
      throw invalid(type, nameOf(tree), [
        'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      ]);
    }
    return this.#replace(rules, current, tree, user);
  }

  mergePatch(type: Type, key: ObjectKey, patch: unknown, user: string): Entry {
    const rules = this.#registry.rulesOf(type);
    const current = this.#existing(rules, key);
    const patched = mergePatch(current.object, throughTheWire(patch)) as Tree;
    checkKind(type, patched);
    checkPreconditions(type, patched, current);
    return this.#replace(rules, current, patched, user);
  }

  apply(type: Type, object: ApplyConfiguration, options: ApplyOptions): Entry {
    const rules = this.#registry.rulesOf(type);
    const tree = throughTheWire(object);
    checkKind(type, tree);
    const key = keyIn(rules, tree);
    requireKey(type, key);
    if (options.fieldManager === '') throw invalid(type, key.name, ['fieldManager: Required value']);
    const current = this.#database.find(rules, key);
    if (current === undefined) return this.#applyNew(rules, tree, options);
    checkPreconditions(type, tree, current);
    if (options.subresource === 'status' && !rules.statusSubresource) throw notFound(type, key.name);
    const manager = applier(options.fieldManager, options.subresource);
    const owned = applyConfiguration(current, scope(rules, tree, options.subresource), manager, rules.lists);
    return this.#store(rules, { ...owned, object: admitted(rules, owned.object, current) }, current);
  }

  delete(type: Type, key: ObjectKey, options: DeleteOptions): void {
    const rules = this.#registry.rulesOf(type);
    requireKey(type, key);
    const current = this.#database.find(rules, key);
    if (current === undefined) return;
    if (options.uid !== undefined) checkUid(type, current, options.uid);
    if (this.#garbage === undefined) this.#remove(current);
    else this.#garbage.delete(current, options.propagation ?? 'Background');
  }

  #applyNew(rules: CompleteRules, tree: Tree, { fieldManager, subresource }: ApplyOptions): Entry {
    const metadata = treeAt(tree, 'metadata');
    if (subresource !== undefined) throw notFound(rules.type, nameOf(tree));
    if (metadata['uid'] !== undefined) {
      throw conflict(rules.type, nameOf(tree), 'uid mismatch: there is no object of that name');
    }
    const { name, namespace } = metadata;
    const { apiVersion, kind } = tree;
    const born = this.#birth(rules, { name, ...(namespace !== undefined && { namespace }) });
    const empty: Owned = { object: { apiVersion, kind, metadata: born }, owners: new Map() };
    const owned = applyConfiguration(empty, scope(rules, tree), applier(fieldManager), rules.lists);
    return this.#store(rules, { ...owned, object: admitted(rules, owned.object, undefined) }, undefined);
  }

  #replace(rules: CompleteRules, current: Entry, tree: Tree, user: string): Entry {
    const { deletionTimestamp = current.object.metadata.deletionTimestamp } = treeAt(tree, 'metadata');
    if (deletionTimestamp !== current.object.metadata.deletionTimestamp) {
      throw invalid(rules.type, nameOf(tree), ['metadata.deletionTimestamp: Invalid value: field is immutable']);
    }
    const { status } = current.object as Tree;
    const next = {
      ...(rules.statusSubresource ? without(tree, 'status') : tree),
      ...(rules.statusSubresource && status !== undefined && { status }),
      metadata: { ...without(treeAt(tree, 'metadata'), ...SERVER_METADATA), ...serverMetadata(current) },
    };
    const complete = admitted(rules, next, current);
    return this.#store(rules, replaceObject(current, complete, updater(user), rules.lists), current);
  }

  /** A write that takes the last finalizer off what is being deleted is its end. */
  #store(rules: CompleteRules, owned: Owned, current: Entry | undefined): Entry {
    const { deletionTimestamp, finalizers } = treeAt(owned.object, 'metadata');
    const isFree = finalizers === undefined || (finalizers as readonly string[]).length === 0;
    if (current !== undefined && deletionTimestamp !== undefined && isFree) {
      this.#drop(current);
      return { ...current, ...owned } as Entry;
    }
    const entry = this.#database.put(rules, owned, current);
    this.#garbage?.afterWrite(entry);
    return entry;
  }

  /** Deletes now, or marks as being deleted while there are finalizers. */
  #remove(current: Entry): void {
    const { metadata } = current.object;
    if ((metadata.finalizers ?? []).length === 0) {
      this.#drop(current);
    } else if (metadata.deletionTimestamp === undefined) {
      const marked = { ...metadata, deletionTimestamp: this.#now(), deletionGracePeriodSeconds: 0 };
      this.#store(current.rules, { object: { ...current.object, metadata: marked }, owners: current.owners }, current);
    }
  }

  #drop(current: Entry): void {
    this.#database.remove(current);
    this.#garbage?.afterRemoval(current);
  }

  #existing(rules: CompleteRules, key: ObjectKey): Entry {
    requireKey(rules.type, key);
    const entry = this.#database.find(rules, key);
    if (entry === undefined) throw notFound(rules.type, key.name);
    return entry;
  }

  #named(tree: Tree): Tree {
    const metadata = treeAt(tree, 'metadata');
    if (metadata['name'] || typeof metadata['generateName'] !== 'string') return tree;
    return { ...tree, metadata: { ...metadata, name: metadata['generateName'] + this.#letters(5) } };
  }

  #birth(rules: CompleteRules, metadata: Tree): Tree {
    const given = without(metadata, ...SERVER_METADATA, ...(rules.type.namespaced ? [] : ['namespace']));
    return { ...given, uid: this.#uid(), creationTimestamp: this.#now() };
  }

  #now(): string {
    return inSeconds(this.#options.clock.now());
  }

  #letters(count: number): string {
    const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
    const letter = (): string => alphabet.charAt(Math.floor(this.#options.random() * alphabet.length));
    return Array.from({ length: count }, letter).join('');
  }

  #uid(): string {
    const digit = (): string => Math.floor(this.#options.random() * 16).toString(16);
    return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', digit);
  }
}

const NOTHING: Owned = { object: {}, owners: new Map() };

const SERVER_METADATA = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
];

/** What a write to an existing object can not change. */
function serverMetadata({ object }: Entry): Tree {
  const kept = [...SERVER_METADATA, 'name', 'namespace'];
  const metadata: Tree = { ...object.metadata };
  return Object.fromEntries(kept.filter((field) => field in metadata).map((field) => [field, metadata[field]]));
}

/** The part of a configuration that the resource or subresource takes; the rest is ignored. */
function scope(rules: CompleteRules, configuration: Tree, subresource?: 'status'): Tree {
  const { status, ...rest } = userFields(configuration);
  if (subresource === 'status') return isTree(status) ? { status } : {};
  return rules.statusSubresource || status === undefined ? rest : { ...rest, status };
}

const namespaceOf = (object: Tree): string => (treeAt(object, 'metadata')['namespace'] as string | undefined) ?? '';

const keyIn = (rules: CompleteRules, object: Tree): ObjectKey => ({
  namespace: rules.type.namespaced ? namespaceOf(object) : '',
  name: nameOf(object),
});
