import { Reason } from '../../../crds/conditions.ts';
import { isDeleting, isOwnedBy } from '../../identity.ts';
import { childStep, isReady } from '../../child.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { ClusterScope } from '../scope.ts';

/**
 * As many Nodes as asked for are Ready, and none is there that should not be. Says so from the very moment that the number
 * changes, before the first Node has come or gone: who waits for Ready after scaling must not see the Ready of before.
 */
export function ensureNodesReady({ object, nodes }: ClusterScope): Promise<Step> {
  const leaving = nodes.find(isDeleting);
  if (leaving !== undefined) {
    return Promise.resolve(childStep(leaving, { reason: Reason.Scaling, afterMs: 5_000 }));
  }
  const workers = nodes.filter((node) => node.spec.role === 'worker' && isOwnedBy(node, object)).length;
  const surplus = workers - object.spec.workers;
  if (surplus > 0) return Promise.resolve(waitFor(Reason.Scaling, `${String(surplus)} workers are to leave`, 1_000));
  const controlPlanes = nodes.filter(({ spec }) => spec.role === 'control-plane').length;
  const missing = object.spec.controlPlanes - controlPlanes - surplus;
  if (missing > 0)
    return Promise.resolve(waitFor(Reason.Scaling, `${String(missing)} Nodes are being declared`, 1_000));
  const unready = nodes.find((node) => !isReady(node));
  const step = unready === undefined ? proceed() : childStep(unready, { reason: Reason.NodeNotReady, afterMs: 5_000 });
  return Promise.resolve(step);
}
