import { ClusterKind, type Cluster } from '../../crds/cluster.ts';
import { NodeKind, type Node } from '../../crds/node.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { clusterKey, clusterWords, keyed, nodeWords } from '../choice/objects.ts';
import { chosen, listIn } from './listing.ts';
import { say, type Scope } from './scope.ts';

/** A Node and the Cluster that it is of, when that is there. */
export interface Found {
  readonly node: Stored<Node>;
  readonly cluster: Stored<Cluster> | undefined;
}

/** The Clusters that a command changes. With -A those of the caller's own namespace: what is elsewhere has to be named. */
export async function clustersToChange(scope: Scope): Promise<readonly Stored<Cluster>[]> {
  const own = withoutAll(scope);
  const found = await chosen(own, 'cluster', async (where) =>
    (await listIn(scope, ClusterKind, where)).map((value) => ({ value, ...clusterWords(value) })),
  );
  if (scope.command.options.all === true) await tellOfOthers(scope, found.length);
  return found;
}

/** The same of Nodes. */
export async function nodesToChange(scope: Scope): Promise<readonly Found[]> {
  const found = await chosen(withoutAll(scope), 'node', async (where) => {
    const [clusters, nodes] = await Promise.all([listIn(scope, ClusterKind, where), listIn(scope, NodeKind, where)]);
    const clusterAt = keyed(clusters);
    return nodes.map((node) => {
      const cluster = clusterAt.get(clusterKey(node));
      return { value: { node, cluster }, ...nodeWords(node, cluster) };
    });
  });
  if (found.length === 0) say(scope, 'You have no nodes: nothing was to be done.');
  return found;
}

/** One letter that deletes the clusters of everybody would be one too few. */
const withoutAll = ({ command, caller }: Scope): Pick<Scope, 'command' | 'caller'> => {
  const { all: _, ...options } = command.options;
  return { caller, command: { ...command, options } };
};

async function tellOfOthers(scope: Scope, own: number): Promise<void> {
  const visible = await listIn(scope, ClusterKind, 'visible');
  const others = visible.filter(({ metadata }) => metadata.namespace !== scope.caller.namespace);
  if (own === 0) say(scope, `You have no clusters in namespace ${scope.caller.namespace}: nothing was to be done.`);
  if (others.length === 0) return;
  const [first] = others.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  const what = others.length === 1 ? `${first ?? ''} is` : `${first ?? ''} and ${String(others.length - 1)} more are`;
  say(
    scope,
    `-A means your own namespace ${scope.caller.namespace}. In others, ${what} left alone: name them as NAMESPACE/NAME.`,
  );
}
