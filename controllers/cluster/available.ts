import type { Cluster } from '../../crds/cluster.ts';
import { ClusterCondition, Reason } from '../../crds/conditions.ts';
import type { ErrorCode } from '../../crds/errors.ts';
import type { Node } from '../../crds/node.ts';
import { isReady } from '../child.ts';
import { isDeleting } from '../identity.ts';
import { findCondition, type Condition } from '../runtime/condition.ts';
import type { Stored } from '../runtime/object.ts';
import type { Report } from '../runtime/reconciler.ts';

/** What somebody needs who uses the cluster: its API, the way in, and names that resolve. */
const NEEDED = [ClusterCondition.ControlPlaneReady, ClusterCondition.KubeconfigReady, ClusterCondition.AddonsReady];

/**
 * Whether the cluster can be used, although perhaps not all of it: a worker may be down, more may be asked for than are
 * there. Unknown when nobody can look, and it worked before.
 */
export function available(
  object: Stored<Cluster>,
  nodes: readonly Stored<Node>[],
  found: readonly Condition[],
): Report {
  const say = (status: Report['status'], reason: string, message: string): Report => ({
    type: ClusterCondition.Available,
    status,
    reason,
    message,
  });
  if (isDeleting(object)) return say('False', Reason.Deleting, 'It is being removed');
  for (const type of NEEDED) {
    const { status, reason, message } = findCondition(found, type) ?? NOT_SEEN;
    if (status === 'True') continue;
    const isUnseen = status === 'Unknown' || reason === NOBODY_CAN_LOOK;
    return say(isUnseen && object.status?.endpoint !== undefined ? 'Unknown' : 'False', reason, message);
  }
  const workers = nodes.filter(({ spec }) => spec.role === 'worker');
  const isPlace = (workers.length === 0 ? nodes : workers).some(isReady);
  return isPlace
    ? say('True', Reason.Ready, '')
    : say('False', Reason.NodeNotReady, 'No node that takes pods is Ready');
}

const NOBODY_CAN_LOOK: ErrorCode = 'EngineUnavailable';
const NOT_SEEN = { status: 'Unknown', reason: Reason.Waiting, message: 'An earlier step is not done' } as const;
