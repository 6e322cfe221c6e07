import { ClusterKind } from '../../../crds/cluster.ts';
import { NodeKind } from '../../../crds/node.ts';
import { clusterKey, clusterWords, keyed, nodeWords, orByCluster } from '../../choice/objects.ts';
import { nodeRow } from '../../rows/node.ts';
import type { NodeRow } from '../../wire/rows.ts';
import { listIn, chosen, type Load } from '../listing.ts';
import { ownersFor } from '../owners.ts';
import type { Scope } from '../scope.ts';

/** Names are those of clusters, whose nodes are meant, or of nodes. */
export async function getNodes(scope: Scope): Promise<void> {
  scope.reply.send({ nodes: await chosen(scope, 'cluster or node', loadNodes(scope)) });
}

const loadNodes =
  (scope: Scope): Load<NodeRow> =>
  async (where) => {
    const [clusters, nodes] = await Promise.all([listIn(scope, ClusterKind, where), listIn(scope, NodeKind, where)]);
    const owners = await ownersFor(scope, nodes);
    const clusterAt = keyed(clusters);
    return nodes.map((node) => {
      const cluster = clusterAt.get(clusterKey(node));
      const words = orByCluster(nodeWords(node, cluster), cluster && clusterWords(cluster));
      return { value: nodeRow(node, cluster, owners), ...words };
    });
  };
