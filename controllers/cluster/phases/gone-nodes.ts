import { EventReason } from '../../../crds/events.ts';
import { Label } from '../../../crds/names.ts';
import { NodeKind } from '../../../crds/node.ts';
import { idLabelOf } from '../../identity.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import { keyOf } from '../../runtime/object.ts';
import { proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { ClusterScope } from '../scope.ts';

/**
 * The cluster has no Kubernetes node of a Node that is gone: a Node does not wait for ever for an API server that is off or
 * does not answer. Known by the label with its Node's id, so that machines that others joined are nobody's business here.
 */
export async function forgetGoneNodes(scope: ClusterScope): Promise<Step> {
  const { object, nodes, world, signal } = scope;
  const access = await scope.access();
  if (access === undefined) return proceed();
  // The server picks them out: the answer is empty, and not a list of all machines at each look.
  const labelSelector = `${Label.id},${Label.id} notin (${nodes.map(idLabelOf).join(',')})`;
  const { items: unknown } = await access.client.list(KubeNodeType, { labelSelector }, signal);
  if (unknown.length === 0) return proceed();
  // Not known to the cache need not mean gone.
  const { namespace = '' } = object.metadata;
  const { items: declared } = await world.kube.list(NodeKind, { namespace }, signal);
  const ids = new Set(declared.map(idLabelOf));
  for (const node of unknown.filter(({ metadata }) => !ids.has(metadata.labels?.[Label.id] ?? ''))) {
    await access.client.delete(KubeNodeType, keyOf(node), { uid: node.metadata.uid }, signal);
    world.events.record({
      object,
      type: 'Normal',
      reason: EventReason.NodeForgotten,
      action: 'DeleteKubernetesNode',
      message: `Kubernetes node ${node.metadata.name} is deleted: its Node has gone while the cluster could not be asked`,
    });
  }
  return proceed();
}
