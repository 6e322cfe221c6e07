import { ClusterCondition, NodeCondition, Reason } from '../../../crds/conditions.ts';
import { EventReason } from '../../../crds/events.ts';
import type { Node } from '../../../crds/node.ts';
import { NodeKind } from '../../../crds/node.ts';
import { illnessOf, isBeingRemedied, nextStep } from '../../remediation.ts';
import { findCondition } from '../../runtime/condition.ts';
import { proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { choose, patientOf } from '../remediation.ts';
import type { Choice, Patient } from '../remediation.ts';
import type { ClusterScope } from '../scope.ts';

/** Its Node wakes us when it has come to rest; this is for the case that it has nothing to say. */
const SOON_MS = 1_000;

/**
 * At most one node that has been unhealthy for too long has its turn to be restarted or replaced. Written in the status
 * alone: the Node reads it there, and acts. Comes first and always proceeds, because it is for clusters that are not well.
 */
export async function chooseRemediation(scope: ClusterScope): Promise<Step> {
  const { object, nodes, status, world } = scope;
  const now = world.clock.now();
  const patients = nodes.map((node) => patientOf(node, object, nodes, now));
  const current = status.remediation?.node;
  let choice = choose(patients, current);
  if (choice.granted !== undefined && choice.granted !== current && !(await isAtRest(scope, choice.granted))) {
    choice = { isWaitedFor: true };
  }
  if (choice.granted === undefined) delete status.remediation;
  else status.remediation = { node: choice.granted };
  say(scope, choice, patients);
  const nextMs = Math.min(...patients.map(({ changesMs = Infinity }) => changesMs - now));
  if (choice.isWaitedFor === true) scope.lookAgainIn(SOON_MS);
  else if (Number.isFinite(nextMs)) scope.lookAgainIn(nextMs);
  return proceed();
}

/** Asked of the API server itself: the cache may not have heard yet that another has just begun. */
async function isAtRest({ object, world, signal }: ClusterScope, next: string): Promise<boolean> {
  const { items } = await world.kube.list(NodeKind, { namespace: object.metadata.namespace ?? '' }, signal);
  const now = world.clock.now();
  return items
    .filter(({ spec, metadata }) => spec.cluster === object.metadata.name && metadata.name !== next)
    .every((node) => !patientOf(node, object, items, now).isBeingRemedied);
}

function say(scope: ClusterScope, { granted, heldBack }: Choice, patients: readonly Patient[]): void {
  const { object, nodes, report, world } = scope;
  const type = ClusterCondition.Remediating;
  const treated = nodes.find(({ metadata }) => metadata.name === granted);
  if (treated !== undefined) {
    report({ type, status: 'True', ...wordsOf(treated) });
    return;
  }
  if (heldBack !== undefined) {
    const reason = Reason.RemediationHeldBack;
    if (findCondition(object.status?.conditions, type)?.reason !== reason) {
      const event = { type: 'Warning', reason: EventReason.RemediationHeldBack, action: 'Remediate' } as const;
      world.events.record({ ...event, object, message: heldBack });
    }
    report({ type, status: 'False', reason, message: heldBack });
    return;
  }
  const hopeless = patients.filter(({ state, isAllowed }) => state === 'exhausted' && isAllowed);
  if (hopeless.length === 0) {
    scope.withdraw(type);
    return;
  }
  const names = hopeless.map(({ name }) => name).sort();
  const message = `Neither restarting nor replacing helped Node ${names.join(', ')}; what to do is said there`;
  report({ type, status: 'False', reason: Reason.RemediationExhausted, message });
}

/** What the Node says itself, once it does. */
function wordsOf(node: Node): { reason: string; message: string } {
  const said = findCondition(node.status?.conditions, NodeCondition.Remediating);
  const { name } = node.metadata;
  if (isBeingRemedied(node) && said !== undefined)
    return { reason: said.reason, message: `Node ${name}: ${said.message}` };
  const step = nextStep(node.status?.remediation?.count ?? 0);
  const why = illnessOf(node)?.why ?? '';
  return { reason: step === 'Restart' ? Reason.Restarting : Reason.Replacing, message: `Node ${name}: ${why}` };
}
