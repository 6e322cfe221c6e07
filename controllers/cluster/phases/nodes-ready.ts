import { Reason } from '../../../crds/conditions.ts';
import { isDeleting } from '../../identity.ts';
import { childStep, isReady } from '../../child.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { ClusterScope } from '../scope.ts';

/** As many Nodes as asked for are Ready, and none is there that should not be. */
export function ensureNodesReady({ object, nodes }: ClusterScope): Promise<Step> {
  const leaving = nodes.filter(isDeleting);
  const names = leaving.map(({ metadata }) => metadata.name).join(', ');
  if (leaving.length > 0) return Promise.resolve(waitFor(Reason.Scaling, `Leaving: ${names}`, 5_000));
  const missing = object.spec.controlPlanes + object.spec.workers - nodes.length;
  if (missing > 0)
    return Promise.resolve(waitFor(Reason.Scaling, `${String(missing)} Nodes are being declared`, 1_000));
  const unready = nodes.find((node) => !isReady(node));
  const step = unready === undefined ? proceed() : childStep(unready, { reason: Reason.NodeNotReady, afterMs: 5_000 });
  return Promise.resolve(step);
}
