import { ClusterKind } from '../../../crds/cluster.ts';
import { LoadBalancerKind } from '../../../crds/load-balancer.ts';
import { NodeKind } from '../../../crds/node.ts';
import { balancerWords, clusterKey, clusterWords, keyed } from '../../choice/objects.ts';
import { ipvsRows } from '../../rows/ipvs.ts';
import type { IpvsRow } from '../../wire/rows.ts';
import { listIn, chosen, type Load } from '../listing.ts';
import { ownersFor } from '../owners.ts';
import type { Scope } from '../scope.ts';

/** What is balanced, one row a server behind a port. Of a cluster that has no load balancer there is none. */
export async function getIpvs(scope: Scope): Promise<void> {
  const rows = await chosen(scope, 'cluster or load balancer', loadIpvs(scope));
  scope.reply.send({ ipvs: rows.flat() });
}

const loadIpvs =
  (scope: Scope): Load<readonly IpvsRow[]> =>
  async (where) => {
    const [clusters, nodes, loadBalancers] = await Promise.all([
      listIn(scope, ClusterKind, where),
      listIn(scope, NodeKind, where),
      listIn(scope, LoadBalancerKind, where),
    ]);
    const owners = await ownersFor(scope, loadBalancers);
    const clusterAt = keyed(clusters);
    const nodesOf = Map.groupBy(nodes, clusterKey);
    const balanced = new Set(loadBalancers.map(clusterKey));
    const bare = clusters.filter(({ metadata }) => !balanced.has(`${metadata.namespace ?? ''}/${metadata.name}`));
    return [
      ...loadBalancers.map((loadBalancer) => {
        const key = clusterKey(loadBalancer);
        const cluster = clusterAt.get(key);
        const value = ipvsRows(loadBalancer, { cluster, nodes: nodesOf.get(key) ?? [], owners });
        return { value, ...balancerWords(loadBalancer, cluster) };
      }),
      // A cluster that has none yet is no name of nothing.
      ...bare.map((cluster) => ({ value: [], ...clusterWords(cluster) })),
    ];
  };
