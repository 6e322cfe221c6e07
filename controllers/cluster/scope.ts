import type { Cluster, ClusterStatus } from '../../crds/cluster.ts';
import type { Node } from '../../crds/node.ts';
import type { ClusterAccess } from '../access.ts';
import type { Stored } from '../runtime/object.ts';
import type { Scope } from '../runtime/reconciler.ts';
import type { Draft, World } from '../world.ts';

export type ClusterDraft = Draft<ClusterStatus>;

export interface ClusterScope extends Scope<Cluster, ClusterDraft> {
  readonly world: World;
  /** Every Node that names this Cluster, made by it or declared by a user. */
  readonly nodes: readonly Stored<Node>[];
  /** The way into the cluster, looked for when it is first asked for, and once a pass: half of the phases need it. */
  readonly access: () => Promise<ClusterAccess | undefined>;
}
