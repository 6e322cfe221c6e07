import { ClusterKind } from '../../../crds/cluster.ts';
import { NodeKind } from '../../../crds/node.ts';
import { clusterKey, clusterWords } from '../../choice/objects.ts';
import { clusterRow } from '../../rows/cluster.ts';
import { firstOf } from '../../views/management-rows.ts';
import type { ClusterRow } from '../../wire/rows.ts';
import { listIn, chosen, type Load } from '../listing.ts';
import { ownersFor } from '../owners.ts';
import type { Scope } from '../scope.ts';

export async function getClusters(scope: Scope): Promise<void> {
  scope.reply.send({ clusters: await chosen(scope, 'cluster', loadClusters(scope)) });
}

const loadClusters =
  (scope: Scope): Load<ClusterRow> =>
  async (where) => {
    const [clusters, nodes] = await Promise.all([listIn(scope, ClusterKind, where), listIn(scope, NodeKind, where)]);
    const owners = await ownersFor(scope, clusters);
    const byCluster = Map.groupBy(nodes, clusterKey);
    return clusters.map((cluster) => {
      const own = byCluster.get(`${cluster.metadata.namespace ?? ''}/${cluster.metadata.name}`) ?? [];
      return { value: clusterRow(cluster, firstOf(own), owners), ...clusterWords(cluster) };
    });
  };
