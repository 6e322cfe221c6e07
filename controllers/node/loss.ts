import { NodeCondition, Reason } from '../../crds/conditions.ts';
import type { Node } from '../../crds/node.ts';
import { findCondition, isTrue } from '../runtime/condition.ts';

/** Whether a node that is to be bootstrapped is a control plane that was one before: what was in its cluster is lost. */
export const hasLostCluster = (node: Node): boolean =>
  node.spec.role === 'control-plane' &&
  (isTrue(node.status?.conditions, NodeCondition.Bootstrapped) || isSaidToBeLost(node));

/** What was said once remains said for as long as the Node lives. */
export const isSaidToBeLost = ({ status }: Node): boolean =>
  findCondition(status?.conditions, NodeCondition.Bootstrapped)?.reason === Reason.DataLost;

export const lossOf = ({ spec }: Node): string =>
  `The volumes of the control plane were gone, and everything that was in cluster ${spec.cluster} is lost: it is made anew, and workers join it again.`;
