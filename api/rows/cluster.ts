import type { Cluster } from '../../crds/cluster.ts';
import type { Node } from '../../crds/node.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { ClusterRow } from '../wire/rows.ts';
import { hostNameOf } from './node.ts';
import type { Owners } from './owner.ts';
import { clusterState } from './state.ts';

/** `controlPlane`: the first of the cluster's, when it is declared. */
export function clusterRow(cluster: Stored<Cluster>, controlPlane: Node | undefined, owners: Owners): ClusterRow {
  return {
    name: cluster.metadata.name,
    id: cluster.metadata.uid,
    state: clusterState(cluster),
    address: cluster.status?.address ?? '',
    control_plane: controlPlane === undefined ? '' : hostNameOf(controlPlane, cluster),
    user: owners(cluster.metadata.namespace ?? ''),
  };
}
