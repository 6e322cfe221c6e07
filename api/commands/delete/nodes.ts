import type { Cluster } from '../../../crds/cluster.ts';
import { Annotation } from '../../../crds/names.ts';
import { NodeKind, type Node } from '../../../crds/node.ts';
import { keyOf, type Stored } from '../../../controllers/runtime/object.ts';
import { clusterKey } from '../../choice/objects.ts';
import { nodesToChange, type Found } from '../finding.ts';
import { settle } from '../power.ts';
import { titleOf, type Goal } from '../progress/goal.ts';
import type { Scope } from '../scope.ts';
import { finish, sideBySide } from '../side-by-side.ts';
import { setWorkers } from '../workers.ts';

/**
 * Takes nodes out of their clusters for good. A worker that its cluster has made is one of spec.workers, and would be made anew: it
 * is marked as the first to go, spec.workers becomes one less, and only then it is deleted, so that whenever this is cut off, the
 * operator removes no other. A control plane, and a worker that somebody declared, is deleted as it is: what may not be, the
 * API server refuses.
 */
export async function deleteNodes(scope: Scope): Promise<void> {
  const found = await nodesToChange(scope);
  const leaving = found.filter(({ node, cluster }) => isCounted(node, cluster));
  const groups = [...Map.groupBy(leaving, ({ node }) => clusterKey(node)).values()];
  const lowered = await sideBySide(
    groups,
    ([first]) => `Cluster ${first?.node.spec.cluster ?? ''}`,
    (group) => letGo(scope, group),
  );
  const refused = new Set(groups.filter((group) => !lowered.done.includes(group)).flat());
  const outcome = await sideBySide(
    found.filter((one) => !refused.has(one)),
    ({ node }) => titleOf(node),
    ({ node }) => remove(scope, node),
  );
  const all = { done: outcome.done, failures: [...lowered.failures, ...outcome.failures] };
  await finish(all, (goals) => settle(scope, NodeKind, goals));
}

/** Whether spec.workers counts it: its cluster stays, has made it, and has not let it go already. */
const isCounted = ({ metadata, spec }: Stored<Node>, cluster: Stored<Cluster> | undefined): boolean =>
  cluster !== undefined &&
  cluster.metadata.deletionTimestamp === undefined &&
  spec.role === 'worker' &&
  metadata.deletionTimestamp === undefined &&
  (metadata.ownerReferences?.some(({ uid }) => uid === cluster.metadata.uid) ?? false);

async function letGo(scope: Scope, group: readonly Found[]): Promise<readonly Found[]> {
  const { kube, work } = scope;
  const annotations = { [Annotation.removeFirst]: 'true' };
  await Promise.all(
    group.map(({ node }) => kube.mergePatch(NodeKind, keyOf(node), { metadata: { annotations } }, work)),
  );
  const cluster = group[0]?.cluster;
  if (cluster !== undefined) {
    await setWorkers(scope, cluster, ({ spec }) => Math.max(0, spec.workers - group.length));
  }
  return group;
}

async function remove({ kube, work }: Scope, node: Stored<Node>): Promise<Goal> {
  await kube.delete(NodeKind, keyOf(node), { uid: node.metadata.uid }, work);
  return { object: node, wanted: 'gone', reached: 'deleted' };
}
