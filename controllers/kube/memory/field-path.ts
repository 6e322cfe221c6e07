import { isDeepStrictEqual } from 'node:util';
import { isTree, type Tree } from './tree.ts';

/**
 * How the lists of a kind merge, by the dotted path of fields that leads to them: by the fields that identify an item,
 * or as a set of scalars. A list that is not named is one value, which has one owner. The API server has this from the
 * schema (`x-kubernetes-list-type`, `x-kubernetes-list-map-keys`).
 */
export type ListRules = Readonly<Record<string, readonly string[] | 'set'>>;

/**
 * A place in an object, as in managedFields: `f:name` is a field, `k:{"type":"Ready"}` an item of a keyed list,
 * `v:"x"` a member of a set.
 */
export type FieldPath = readonly string[];

/** Paths as text, so that they can be members of a Set. */
export type FieldSet = ReadonlySet<string>;

const SEPARATOR = '\u0000';
const encode = (path: FieldPath): string => path.join(SEPARATOR);
export const decode = (text: string): FieldPath => text.split(SEPARATOR);
/** Whether `text` is the path of something inside what `ancestor` is the path of. */
export const isBelow = (text: string, ancestor: string): boolean => text.startsWith(ancestor + SEPARATOR);

export function listRule(path: FieldPath, lists: ListRules): readonly string[] | 'set' | 'atomic' {
  const fields = path.filter((segment) => segment.startsWith('f:')).map((segment) => segment.slice(2));
  return lists[fields.join('.')] ?? 'atomic';
}

/** The segment of an item of a keyed list. */
export function itemSegment(item: unknown, keys: readonly string[]): string {
  const identity = isTree(item) ? Object.fromEntries(keys.map((key) => [key, item[key] ?? null])) : item;
  return `k:${JSON.stringify(identity)}`;
}

export const memberSegment = (member: unknown): string => `v:${JSON.stringify(member)}`;

/** Every place that holds a value of its own; what applying this tree would own. */
export function fieldSet(tree: Tree, lists: ListRules): Set<string> {
  const found = new Set<string>();
  collect(tree, [], { lists, found });
  return found;
}

interface Collection {
  readonly lists: ListRules;
  readonly found: Set<string>;
}

function collect(value: unknown, path: FieldPath, collection: Collection): void {
  const children = childrenOf(value, path, collection.lists);
  if (children.length === 0 || path.at(-1)?.startsWith('k:')) {
    if (path.length > 0) collection.found.add(encode(path));
  }
  for (const [segment, child] of children) collect(child, [...path, segment], collection);
}

function childrenOf(value: unknown, path: FieldPath, lists: ListRules): (readonly [string, unknown])[] {
  if (isTree(value)) return Object.entries(value).map(([name, child]) => [`f:${name}`, child]);
  if (!Array.isArray(value)) return [];
  const rule = listRule(path, lists);
  if (rule === 'atomic') return [];
  if (rule === 'set') return value.map((member) => [memberSegment(member), undefined]);
  return value.map((item) => [itemSegment(item, rule), item]);
}

/** The value at a path; undefined when there is none. A member of a set is its own value. */
export function lookUp(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (const segment of path) value = stepInto(value, segment);
  return value;
}

/** One segment of a path. */
export function stepInto(value: unknown, segment: string): unknown {
  if (segment.startsWith('f:')) return isTree(value) ? value[segment.slice(2)] : undefined;
  return Array.isArray(value) ? value.find(matching(segment)) : undefined;
}

/** Whether an item is the one that a segment names. */
function matching(segment: string): (item: unknown) => boolean {
  const wanted: unknown = JSON.parse(segment.slice(2));
  if (!segment.startsWith('k:') || !isTree(wanted)) return (item) => isDeepStrictEqual(item, wanted);
  const keys = Object.entries(wanted);
  return (item) => isTree(item) && keys.every(([key, value]) => (item[key] ?? null) === value);
}

/** The tree without what is at a path; maps and lists that this empties go too. */
export function removeAt(root: unknown, [segment, ...rest]: FieldPath): unknown {
  if (segment === undefined) return undefined;
  if (segment.startsWith('f:')) return isTree(root) ? removeField(root, segment.slice(2), rest) : root;
  if (!Array.isArray(root)) return root;
  const isMeant = matching(segment);
  const left = root
    .map((item: unknown) => (isMeant(item) ? removeAt(item, rest) : item))
    .filter((item) => item !== undefined);
  return left.length === 0 ? undefined : left;
}

function removeField(tree: Tree, name: string, rest: FieldPath): unknown {
  if (!(name in tree)) return tree;
  const { [name]: value, ...others } = tree;
  const left = removeAt(value, rest);
  if (left !== undefined) return { ...tree, [name]: left };
  return Object.keys(others).length === 0 ? undefined : others;
}
