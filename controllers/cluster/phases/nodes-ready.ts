import type { Cluster } from '../../../crds/cluster.ts';
import type { Node } from '../../../crds/node.ts';
import { Reason } from '../../../crds/conditions.ts';
import { isDeleting } from '../../identity.ts';
import { isOwnNode } from '../own-children.ts';
import { childStep, isReady } from '../../child.ts';
import { appliedResources, isSame, wantedResources } from '../../node/resources.ts';
import { effectivePower } from '../../power.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { apiServerIsOff, nodesOffAsAsked } from './power.ts';
import type { ClusterScope } from '../scope.ts';

/**
 * As many Nodes as asked for are Ready, and none is there that should not be. Says so from the very moment that the number
 * changes, before the first Node has come or gone: who waits for Ready after scaling must not see the Ready of before.
 */
export function ensureNodesReady(scope: ClusterScope): Promise<Step> {
  const off = apiServerIsOff(scope);
  return Promise.resolve(off ?? countNodes(scope));
}

function countNodes({ object, nodes }: ClusterScope): Step {
  const leaving = nodes.find(isDeleting);
  if (leaving !== undefined) {
    return childStep(leaving, { reason: Reason.Scaling, afterMs: 5_000 });
  }
  const workers = nodes.filter((node) => node.spec.role === 'worker' && isOwnNode(node, object)).length;
  const surplus = workers - object.spec.workers;
  if (surplus > 0) return waitFor(Reason.Scaling, `${String(surplus)} workers are to leave`, 1_000);
  const controlPlanes = nodes.filter(({ spec }) => spec.role === 'control-plane').length;
  const missing = object.spec.controlPlanes - controlPlanes - surplus;
  if (missing > 0) return waitFor(Reason.Scaling, `${String(missing)} Nodes are being declared`, 1_000);
  // A node that is off because somebody asked for that is not missing.
  const waited = nodes.filter((node) => !isReady(node) && effectivePower(node, object) === 'Running');
  // Of several the control plane is named: the others may only wait for it.
  const unready = waited.find(({ spec }) => spec.role === 'control-plane') ?? waited[0];
  if (unready !== undefined) return childStep(unready, { reason: Reason.NodeNotReady, afterMs: 5_000 });
  const unfit = nodes.find((node) => !hasResources(node, object) && effectivePower(node, object) === 'Running');
  return unfit === undefined
    ? proceed(Reason.Ready, nodesOffAsAsked({ object, nodes }))
    : waitFor(Reason.ApplyingResources, `Node ${unfit.metadata.name} does not have what is asked for yet`, 5_000);
}

/** A Node may not have heard yet that its cluster asks for something else. */
const hasResources = (node: Node, cluster: Cluster): boolean =>
  isSame(wantedResources(node, cluster), appliedResources(node));
