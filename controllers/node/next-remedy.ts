import { NodeCondition, Reason } from '../../crds/conditions.ts';
import { EventReason } from '../../crds/events.ts';
import { clusterAccess } from '../access.ts';
import type { Container } from '../backends/containers.ts';
import { idOf } from '../identity.ts';
import { isUnavailable } from '../kube/error.ts';
import { KubeNodeType } from '../kube/kinds.ts';
import { LAST_STEP, nextStep, timeoutOf } from '../remediation.ts';
import type { Illness, RemediationStep } from '../remediation.ts';
import { inSeconds } from '../runtime/clock.ts';
import { findCondition } from '../runtime/condition.ts';
import { proceed } from '../runtime/step.ts';
import type { Step } from '../runtime/step.ts';
import { clusterIn } from './scope.ts';
import type { NodeScope } from './scope.ts';

/** A node that was just called Ready is not touched: soon its condition will say so, too. */
const SECOND_THOUGHTS_MS = 5_000;

export const reasonOf = (step: RemediationStep) => (step === 'Restart' ? Reason.Restarting : Reason.Replacing);

/**
 * Decides the next step, and tells it. It is taken in the next pass, when it is written down. Nothing is decided about a
 * container that was just started, nor about a node that its cluster calls Ready at this moment.
 */
export async function begin(scope: NodeScope, illness: Illness): Promise<Step> {
  const { world, lookAgainIn } = scope;
  const container = await containerOf(scope);
  const timeoutMs = timeoutOf(clusterIn(scope));
  const runsForMs = container?.state === 'running' ? world.clock.now() - Date.parse(container.startedAt) : Infinity;
  if (runsForMs < timeoutMs) {
    lookAgainIn(timeoutMs - runsForMs);
  } else if (await isStillIll(scope)) {
    await decide(scope, illness, container);
    lookAgainIn(0);
  } else {
    lookAgainIn(SECOND_THOUGHTS_MS);
  }
  return proceed();
}

async function decide(scope: NodeScope, illness: Illness, container: Container | undefined): Promise<void> {
  const { object, status, world, report } = scope;
  const done = status.remediation?.count ?? 0;
  const step = nextStep(done) === 'Replace' && (await canBeReplaced(scope, container)) ? 'Replace' : 'Restart';
  status.remediation = {
    step,
    at: new Date(world.clock.now()).toISOString(),
    count: done + 1,
    ...(container !== undefined && { containerID: container.id }),
    ...(container !== undefined && container.startedAt !== '' && { startedAt: container.startedAt }),
  };
  const reason = reasonOf(step);
  const message = announcement(scope, step, illness);
  const event = { type: 'Warning', reason: EventReason[reason], action: 'Remediate' } as const;
  world.events.record({ ...event, object, message });
  if (object.spec.role === 'control-plane') {
    world.events.record({
      ...event,
      object: clusterIn(scope),
      message: `${message}. The cluster has no API meanwhile`,
    });
  }
  report({ type: NodeCondition.Remediating, status: 'True', reason, message });
}

function announcement({ object, status }: NodeScope, step: RemediationStep, { sinceMs, why }: Illness): string {
  const since = inSeconds(sinceMs);
  const count = `step ${String(status.remediation?.count ?? 0)} of ${String(LAST_STEP)}`;
  const what =
    step === 'Restart'
      ? 'its container is restarted'
      : object.spec.role === 'worker'
        ? 'its container is made anew and joins again; persistent data, name and address stay'
        : 'its container is made anew; its data, name and address stay';
  return `Unhealthy since ${since} (${why.replace(/[.\s]+$/, '')}): ${what} (${count})`;
}

export async function containerOf({ object, world, signal }: NodeScope): Promise<Container | undefined> {
  const found = await world.containers.findByOwner(idOf(object), signal);
  return found.length === 1 ? found[0] : undefined;
}

/** The last word is the cluster's, at this moment. Of its API server being away, only a control plane can be the reason. */
async function isStillIll(scope: NodeScope): Promise<boolean> {
  const { object, status, world, signal } = scope;
  const isControlPlane = object.spec.role === 'control-plane';
  const access = await clusterAccess(world, clusterIn(scope), signal);
  if (access === undefined) return isControlPlane;
  try {
    const node = await access.client.get(KubeNodeType, { namespace: '', name: status.hostname ?? '' }, signal);
    return node?.status?.conditions?.find((condition) => condition.type === 'Ready')?.status !== 'True';
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return isControlPlane;
  }
}

/** Its image is there, and nothing is lost with its container: what kind made keeps pods' data in it, or even the cluster's. */
async function canBeReplaced({ status, world, signal }: NodeScope, container: Container | undefined): Promise<boolean> {
  if (findCondition(status.conditions, NodeCondition.Recoverable) !== undefined) return false;
  const image = status.image ?? container?.image.reference;
  return image !== undefined && (await world.containers.images.find(image, signal)) !== undefined;
}
