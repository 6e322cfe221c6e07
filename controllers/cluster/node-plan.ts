import { createHash } from 'node:crypto';

export type NodeRole = 'control-plane' | 'worker';

export interface ExistingNode {
  readonly name: string;
  readonly role: NodeRole;
  /** Made by this Cluster, as against declared by a user to join it. */
  readonly owned: boolean;
  readonly deleting: boolean;
  /** A person asked that scaling down takes this one first. */
  readonly removeFirst: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

export interface NodePlan {
  readonly create: readonly { readonly name: string; readonly role: NodeRole }[];
  readonly remove: readonly string[];
}

/**
 * What is missing and what is too many. Depends on nothing but its arguments, and names follow from the Cluster's uid
 * and an ordinal: planning again before the first plan's effects are seen asks for the same nodes, never for more.
 * Workers that a user declared come on top of `workers`; a control plane that a user declared counts.
 */
export function planNodes(
  clusterUid: string,
  desired: { readonly controlPlanes: number; readonly workers: number },
  existing: readonly ExistingNode[],
): NodePlan {
  const names = new Set(existing.map(({ name }) => name));
  const controlPlanes = existing.filter(({ role }) => role === 'control-plane');
  const workers = existing.filter(({ role, owned, deleting }) => role === 'worker' && owned && !deleting);
  const surplus = workers.length - desired.workers;
  return {
    create: [
      // A control plane that is on its way out still counts: its data must not be split between two.
      ...freeNames(clusterUid, 'control-plane', desired.controlPlanes - controlPlanes.length, names),
      ...freeNames(clusterUid, 'worker', -surplus, names),
    ],
    remove:
      surplus > 0
        ? workers
            .sort(byReadinessToLeave)
            .slice(0, surplus)
            .map(({ name }) => name)
        : [],
  };
}

/** `control-<8 hex>` or `node-<8 hex>`. */
export function nodeName(clusterUid: string, role: NodeRole, ordinal: number): string {
  const hash = createHash('sha256')
    .update(`${clusterUid}/${role}/${String(ordinal)}`)
    .digest('hex')
    .slice(0, 8);
  return `${role === 'control-plane' ? 'control' : 'node'}-${hash}`;
}

function freeNames(
  clusterUid: string,
  role: NodeRole,
  count: number,
  taken: ReadonlySet<string>,
): { name: string; role: NodeRole }[] {
  const free: { name: string; role: NodeRole }[] = [];
  for (let ordinal = 0; free.length < count; ordinal++) {
    const name = nodeName(clusterUid, role, ordinal);
    if (!taken.has(name)) free.push({ name, role });
  }
  return free;
}

/** Named ones first, then the newest. */
function byReadinessToLeave(a: ExistingNode, b: ExistingNode): number {
  if (a.removeFirst !== b.removeFirst) return a.removeFirst ? -1 : 1;
  if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
