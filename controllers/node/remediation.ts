import type { Cluster } from '../../crds/cluster.ts';
import { ClusterCondition, Reason } from '../../crds/conditions.ts';
import type { Node } from '../../crds/node.ts';
import type { Container } from '../backends/containers.ts';
import { dueAt, exhaustedAt, illnessOf, isBeingRemedied, isOutOfQuestion, optOut, timeoutOf } from '../remediation.ts';
import type { Illness } from '../remediation.ts';
import { findCondition } from '../runtime/condition.ts';

/** What a Node is to do about its own health. */
export type Plan =
  /** Nothing, and there is nothing to say. Looked at again at `againMs`, Unix time. */
  | { readonly kind: 'rest'; readonly againMs?: number }
  /** Something would be due, and may not be done. */
  | { readonly kind: 'held'; readonly why: string }
  /** All that there is was tried. */
  | { readonly kind: 'exhausted'; readonly illness: Illness }
  /** A step was decided: it is to be taken, or has been taken and has its time, until `againMs`. */
  | { readonly kind: 'remedy'; readonly againMs: number }
  /** The next step is to be decided. */
  | { readonly kind: 'begin'; readonly illness: Illness };

/** By what is stored of the Node and its Cluster, and the time: the same after a restart of the operator. */
export function planFor(node: Node, cluster: Cluster, nodes: readonly Node[], nowMs: number): Plan {
  const illness = illnessOf(node);
  if (illness === undefined || isOutOfQuestion(node, cluster, nodes)) return { kind: 'rest' };
  const timeoutMs = timeoutOf(cluster);
  const endMs = exhaustedAt(node, illness, timeoutMs);
  if (endMs !== undefined && endMs <= nowMs) return { kind: 'exhausted', illness };
  const dueMs = dueAt(node, illness, timeoutMs) ?? Infinity;
  const againMs = Math.min(dueMs, endMs ?? Infinity);
  const why = optOut(node, cluster) ?? whyNotItsTurn(node, cluster);
  if (why === '') return { kind: 'rest', againMs };
  if (why !== undefined) return dueMs <= nowMs ? { kind: 'held', why } : { kind: 'rest', againMs };
  return dueMs <= nowMs ? { kind: 'begin', illness } : between(node, againMs);
}

const between = (node: Node, againMs: number): Plan => ({ kind: isBeingRemedied(node) ? 'remedy' : 'rest', againMs });

/** '' while nobody has decided yet. */
function whyNotItsTurn(node: Node, { status }: Cluster): string | undefined {
  const granted = status?.remediation?.node;
  if (granted === node.metadata.name) return undefined;
  if (granted !== undefined) return `Node ${granted} is being remedied, and it is one at a time`;
  const said = findCondition(status?.conditions, ClusterCondition.Remediating);
  return said?.reason === Reason.RemediationHeldBack ? said.message : '';
}

type Remediation = NonNullable<NonNullable<Node['status']>['remediation']>;

/** Whether the step that was decided is still to be taken: the container is the one that it was decided about. */
export function isToBeTaken({ step, containerID, startedAt }: Remediation, container: Container | undefined): boolean {
  if (container === undefined || container.id !== containerID) return false;
  if (step === 'Replace') return true;
  return container.startedAt === startedAt && container.state !== 'exited' && container.state !== 'dead';
}
