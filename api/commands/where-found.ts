import { ClusterKind } from '../../crds/cluster.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { NodeKind } from '../../crds/node.ts';
import { matches } from '../choice/choice.ts';
import { balancerWords, clusterKey, clusterWords, keyed, nodeWords } from '../choice/objects.ts';
import { notFound } from '../choice/not-found.ts';
import { listIn, type Where } from './listing.ts';
import type { Scope } from './scope.ts';

/** Where what the names stand for is; 404 for a name that stands for nothing. Without names: the caller's own namespace. */
export async function whereFound(scope: Scope): Promise<Where> {
  const { command, caller } = scope;
  if (command.names.length === 0) return 'own';
  for (const where of ['own', 'visible'] as const) {
    const choices = [...(await clustersAndNodes(scope, where)), ...(await balancers(scope, where))];
    const found = matches(command.names, choices, caller.namespace);
    const missing = command.names.filter((_, index) => found[index]?.length === 0);
    if (missing.length === 0) return where;
    // What runs in clusters comes and goes: a pod that is not there may be waited for.
    if (where === 'visible' && isOfClusters(scope))
      throw notFound(missing, KINDS[command.object ?? ''] ?? 'cluster', choices, caller.namespace);
  }
  return 'visible';
}

/** What a name may stand for. */
const KINDS: Readonly<Record<string, string>> = { node: 'cluster or node', ipvs: 'cluster or load balancer' };

const isOfClusters = ({ command }: Scope): boolean => command.object !== 'pod' && command.object !== 'service';

/** Some have no cluster, and are asked for by their own name or address. */
async function balancers(scope: Scope, where: Where) {
  if (scope.command.object !== 'ipvs') return [];
  const found = await listIn(scope, LoadBalancerKind, where);
  return found.map((value) => ({ value: value.metadata.uid, ...balancerWords(value, undefined) }));
}

async function clustersAndNodes(scope: Scope, where: Where) {
  const [clusters, nodes] = await Promise.all([listIn(scope, ClusterKind, where), listIn(scope, NodeKind, where)]);
  const clusterAt = keyed(clusters);
  return [
    ...clusters.map((value) => ({ value: value.metadata.uid, ...clusterWords(value) })),
    ...nodes.map((value) => ({
      value: value.metadata.uid,
      ...nodeWords(value, clusterAt.get(clusterKey(value))),
    })),
  ];
}
