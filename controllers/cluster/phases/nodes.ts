import { EventReason } from '../../../crds/events.ts';
import { Annotation, FINALIZER } from '../../../crds/names.ts';
import { NodeKind } from '../../../crds/node.ts';
import { isDeleting, ownedBy } from '../../identity.ts';
import { keyOf } from '../../runtime/object.ts';
import { proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { planNodes } from '../node-plan.ts';
import type { NodePlan, NodeRole } from '../node-plan.ts';
import { hasLostTies, isOwnNode, nodeLabels, tiesRestored } from '../own-children.ts';
import type { ClusterScope } from '../scope.ts';

/** There are as many Nodes as asked for. What becomes of them is their own reconciler's business. */
export async function ensureNodes(scope: ClusterScope): Promise<Step> {
  const { object, nodes, world, signal } = scope;
  const existing = nodes.map((node) => ({
    name: node.metadata.name,
    role: node.spec.role,
    owned: isOwnNode(node, object),
    deleting: isDeleting(node),
    removeFirst: (node.metadata.annotations?.[Annotation.removeFirst] ?? 'false') !== 'false',
    createdAt: node.metadata.creationTimestamp,
  }));
  const { create, remove } = planNodes(object.metadata.uid, object.spec, existing);
  // Control planes come first in the order of changes too, so that they are seen first and get the first addresses.
  for (const role of ['control-plane', 'worker'] as const) {
    await Promise.all(create.filter((node) => node.role === role).map(({ name }) => declare(scope, name, role)));
  }
  if (create.length > 0) tell(scope, create);
  await restoreTies(scope);
  for (const node of nodes.filter(({ metadata }) => remove.includes(metadata.name))) {
    await world.kube.delete(NodeKind, keyOf(node), { uid: node.metadata.uid }, signal);
    world.events.record({
      object,
      type: 'Normal',
      reason: EventReason.ScalingDown,
      action: 'DeleteNode',
      message: `Node ${node.metadata.name} leaves: ${String(object.spec.workers)} workers are asked for`,
    });
  }
  return proceed();
}

/** Somebody took away what shows whose a Node is. By server-side apply it is back, and nothing else is changed. */
async function restoreTies(scope: ClusterScope): Promise<void> {
  const { object, nodes, world } = scope;
  const loose = nodes.filter(
    (node) => isOwnNode(node, object) && hasLostTies(node, object, nodeLabels(object, node.spec.role)),
  );
  for (const node of loose) {
    await declare(scope, node.metadata.name, node.spec.role);
    world.events.record(tiesRestored(object, node));
  }
}

async function declare({ object, world, signal }: ClusterScope, name: string, role: NodeRole): Promise<void> {
  await world.kube.apply(
    NodeKind,
    {
      apiVersion: NodeKind.apiVersion,
      kind: NodeKind.kind,
      metadata: {
        name,
        namespace: object.metadata.namespace ?? '',
        labels: nodeLabels(object, role),
        ownerReferences: [ownedBy(object)],
        finalizers: [FINALIZER],
      },
      spec: { cluster: object.metadata.name, role },
    },
    { fieldManager: 'qbo-cluster' },
    signal,
  );
}

/** One event for all: a cluster of a hundred nodes is one piece of news. */
function tell({ object, world }: ClusterScope, declared: NodePlan['create']): void {
  world.events.record({
    object,
    type: 'Normal',
    reason: EventReason.NodeDeclared,
    action: 'CreateNode',
    message: `To join: ${declared.map(({ name, role }) => `${name} (${role})`).join(', ')}`,
  });
}
