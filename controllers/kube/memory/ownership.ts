import { isDeepStrictEqual } from 'node:util';
import {
  decode,
  fieldSet,
  isBelow,
  itemSegment,
  listRule,
  lookUp,
  memberSegment,
  removeAt,
  stepInto,
} from './field-path.ts';
import type { FieldPath, FieldSet, ListRules } from './field-path.ts';
import { isTree, without, type Tree } from './tree.ts';

/** What each manager owns. A manager is one name, one way of writing and one subresource: see `applier` and `updater`. */
export type Owners = ReadonlyMap<string, FieldSet>;

export const applier = (fieldManager: string, subresource = ''): string => `apply:${fieldManager}:${subresource}`;
export const updater = (user: string): string => `update:${user}`;

/** An object together with who owns which of its fields. */
export interface Owned {
  readonly object: Tree;
  readonly owners: Owners;
}

/**
 * Server-side apply with force. `configuration` has only what is applied: no identity, no fields that only the server
 * sets. What the manager applied before and no longer does is removed, unless another manager owns it as well.
 */
export function applyConfiguration(live: Owned, configuration: Tree, manager: string, lists: ListRules): Owned {
  const now = fieldSet(configuration, lists);
  const before = live.owners.get(manager) ?? new Set();
  const kept = new Set(now);
  for (const [other, fields] of live.owners) if (other !== manager) for (const field of fields) kept.add(field);

  let object = merge(live.object, configuration, [], lists);
  // An item of a list goes before its fields do: without the fields that are its keys it would not be found.
  for (const field of [...before].sort()) {
    if (!isKept(field, kept)) object = removeAt(object, decode(field)) ?? {};
  }
  return settle(live, object as Tree, manager, now);
}

/** Any other write: what it changes becomes the writer's own. */
export function replaceObject(live: Owned, object: Tree, manager: string, lists: ListRules): Owned {
  const mine = new Set(live.owners.get(manager));
  for (const field of fieldSet(userFields(object), lists)) {
    if (!isDeepStrictEqual(lookUp(live.object, decode(field)), lookUp(object, decode(field)))) mine.add(field);
  }
  return settle(live, object, manager, mine);
}

export const sameOwners = (a: Owners, b: Owners): boolean => isDeepStrictEqual(a, b);

/** Metadata that people write; the rest of it is the server's. */
export function userFields(object: Tree): Tree {
  const { metadata, ...rest } = without(object, 'apiVersion', 'kind');
  const { labels, annotations, finalizers, ownerReferences } = isTree(metadata) ? metadata : {};
  const own = Object.entries({ labels, annotations, finalizers, ownerReferences }).filter(
    ([, value]) => value !== undefined,
  );
  return own.length === 0 ? rest : { metadata: Object.fromEntries(own), ...rest };
}

function isKept(field: string, kept: FieldSet): boolean {
  if (kept.has(field)) return true;
  for (const other of kept) if (isBelow(other, field)) return true;
  return false;
}

/** Managers keep what they own as long as it is there and still has the value that they gave it. */
function settle(live: Owned, object: Tree, writer: string, written: FieldSet): Owned {
  const owners = new Map<string, FieldSet>();
  for (const [manager, fields] of new Map(live.owners).set(writer, written)) {
    const left = [...fields].filter((field) => holds(live.object, object, decode(field), manager === writer));
    if (left.length > 0) owners.set(manager, new Set(left));
  }
  return { object, owners };
}

function holds(before: unknown, after: unknown, path: FieldPath, isWriter: boolean): boolean {
  let [was, is] = [before, after];
  for (const segment of path) {
    // What is shared was not written, and has all below it that it had: most of an object, at most writes.
    if (was === is) return is !== undefined;
    [was, is] = [stepInto(was, segment), stepInto(is, segment)];
  }
  if (is === undefined) return false;
  return isWriter || path.at(-1)?.startsWith('k:') === true || isDeepStrictEqual(was, is);
}

function merge(live: unknown, applied: unknown, path: FieldPath, lists: ListRules): unknown {
  if (isTree(applied) && isTree(live)) {
    const result: Record<string, unknown> = { ...live };
    for (const [name, value] of Object.entries(applied)) {
      result[name] = merge(live[name], value, [...path, `f:${name}`], lists);
    }
    return result;
  }
  if (!Array.isArray(applied) || !Array.isArray(live)) return applied;
  const rule = listRule(path, lists);
  if (rule === 'atomic') return applied;
  const segment = (item: unknown): string => (rule === 'set' ? memberSegment(item) : itemSegment(item, rule));
  return interleave(live, applied, segment, (mine, theirs, at) => merge(mine, theirs, [...path, at], lists));
}

/** The applied items in their order; items that only the live list has stay before the one that they stood before. */
function interleave(
  live: readonly unknown[],
  applied: readonly unknown[],
  segment: (item: unknown) => string,
  mergeItems: (live: unknown, applied: unknown, segment: string) => unknown,
): unknown[] {
  const wanted = new Set(applied.map(segment));
  const position = new Map(live.map((item, index) => [segment(item), index]));
  const result: unknown[] = [];
  let next = 0;
  const takeUntil = (end: number): void => {
    for (; next < end; next++) if (!wanted.has(segment(live[next]))) result.push(live[next]);
  };
  for (const item of applied) {
    const at = position.get(segment(item));
    if (at !== undefined) takeUntil(at);
    result.push(at === undefined ? item : mergeItems(live[at], item, segment(item)));
  }
  takeUntil(live.length);
  return result;
}
