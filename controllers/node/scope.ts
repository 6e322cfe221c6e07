import type { Cluster } from '../../crds/cluster.ts';
import type { Node, NodeStatus } from '../../crds/node.ts';
import type { Container } from '../backends/containers.ts';
import { isAdopted } from '../adopted.ts';
import type { Stored } from '../runtime/object.ts';
import type { Scope } from '../runtime/reconciler.ts';
import type { Draft, World } from '../world.ts';

export type NodeDraft = Draft<NodeStatus>;

export interface NodeScope extends Scope<Node, NodeDraft> {
  readonly world: World;
  /** The Cluster that the Node names; a phase that needs it runs after ensureCluster, or copes without. */
  readonly cluster: Stored<Cluster> | undefined;
  /** The node's container as it is when this is first asked, which phases after ensureContainer do; looked at once a pass. */
  readonly container: () => Promise<Container | undefined>;
}

/** The cluster, in phases that come after the one that waits for it. */
export function clusterIn({ cluster, object }: NodeScope): Stored<Cluster> {
  if (cluster === undefined) throw new Error(`Node ${object.metadata.name} has no cluster ${object.spec.cluster}`);
  return cluster;
}

/** Host name, and name of the node in its cluster. */
export const hostnameOf = (node: Stored<Node>, cluster: Cluster): string =>
  // kind gave its nodes names without a domain.
  isAdopted(node) ? node.metadata.name : `${node.metadata.name}.${cluster.spec.domain}`;
