/** A JSON object that is only read. */
export type Tree = Readonly<Record<string, unknown>>;

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The tree below a field; empty when there is none. */
export function treeAt(tree: Tree, field: string): Tree {
  const value = tree[field];
  return isTree(value) ? value : {};
}

/** The value at a dotted path of fields, such as `metadata.name`. */
export function valueAt(tree: Tree, path: string): unknown {
  let value: unknown = tree;
  for (const field of path.split('.')) value = isTree(value) ? value[field] : undefined;
  return value;
}

export function without(tree: Tree, ...fields: readonly string[]): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([field]) => !fields.includes(field)));
}

/** What arrives at the other side of a wire: no undefined, nothing shared with the caller. */
export const throughTheWire = (value: unknown): Tree => JSON.parse(JSON.stringify(value)) as Tree;

/** Freezes all of a tree, so that it can be handed out without being copied. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}

/** JSON merge patch (RFC 7386): null removes, objects merge, anything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch;
  const result = new Map(Object.entries(isTree(target) ? target : {}));
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) result.delete(field);
    else result.set(field, mergePatch(result.get(field), value));
  }
  return Object.fromEntries(result);
}
