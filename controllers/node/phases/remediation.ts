import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { EventReason } from '../../../crds/events.ts';
import { ClusterKind } from '../../../crds/cluster.ts';
import { clusterAccess } from '../../access.ts';
import type { Container } from '../../backends/containers.ts';
import { idOf } from '../../identity.ts';
import { isUnavailable } from '../../kube/error.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import { LAST_STEP, REMEMBERED_MS, isBeingRemedied, nextStep, timeoutOf } from '../../remediation.ts';
import type { Illness, RemediationStep } from '../../remediation.ts';
import { ensureWithRetry } from '../../retry.ts';
import { findCondition } from '../../runtime/condition.ts';
import { keyOf } from '../../runtime/object.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { nodesOf } from '../../world.ts';
import { isToBeTaken, planFor } from '../remediation.ts';
import type { Plan } from '../remediation.ts';
import { replace, restart, sweepUp } from '../remedies.ts';
import { clusterIn } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

const type = NodeCondition.Remediating;
const TASK = 'remedy';
const SWEEP = 'sweep up what was replaced';
/** Between two looks at a step that is being taken; its task wakes us earlier. */
const LOOK_MS = 5_000;
/** A node that was just called Ready is not touched: soon its condition will say so, too. */
const SECOND_THOUGHTS_MS = 5_000;

const reasonOf = (step: RemediationStep) => (step === 'Restart' ? Reason.Restarting : Reason.Replacing);

/**
 * Nothing is to be done about the node's health, or what was decided has been done: after it the node's own phases bring it
 * up again. What is decided is written down, and told, before it is done; whether it was done is read from the container.
 */
export async function ensureRemedied(scope: NodeScope): Promise<Step> {
  const { object, world } = scope;
  const cluster = clusterIn(scope);
  const plan = planFor(object, cluster, nodesOf(world, cluster), world.clock.now());
  if (plan.kind !== 'remedy' && plan.kind !== 'begin') return leaveAlone(scope, plan);
  return plan.kind === 'begin' ? begin(scope, plan.illness) : remedy(scope, plan.againMs);
}

function leaveAlone(scope: NodeScope, plan: Exclude<Plan, { kind: 'remedy' | 'begin' }>): Step {
  const { object, world, report, withdraw, lookAgainIn } = scope;
  world.tasks.forget(object.metadata.uid, TASK);
  switch (plan.kind) {
    case 'rest':
      if (plan.againMs !== undefined) lookAgainIn(plan.againMs - world.clock.now());
      withdraw(type);
      break;
    case 'held':
      report({ type, status: 'False', reason: Reason.RemediationHeldBack, message: plan.why });
      break;
    case 'exhausted':
      giveUp(scope, plan.illness);
      break;
  }
  return proceed();
}

function giveUp({ object, status, world, report }: NodeScope, { why }: Illness): void {
  const reason = Reason.RemediationExhausted;
  const said = findCondition(object.status?.conditions, type);
  const { name } = object.metadata;
  const container = status.containerName ?? name;
  const message =
    said?.reason === reason
      ? said.message
      : `Node ${name} is not healthy although it was restarted and replaced (${String(LAST_STEP)} steps): ${why}. ` +
        `See docker exec ${container} journalctl -u kubelet, or delete the Node and another is made; nothing more is done by itself.`;
  if (said?.reason !== reason) {
    const event = { type: 'Warning', reason: EventReason.RemediationExhausted, action: 'Remediate' } as const;
    world.events.record({ ...event, object, message });
  }
  report({ type, status: 'False', reason, message });
}

/** Decides the next step. It is taken in the next pass, when it is written down. */
async function begin(scope: NodeScope, illness: Illness): Promise<Step> {
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
  report({ type, status: 'True', reason, message });
}

function announcement({ object, status }: NodeScope, step: RemediationStep, { sinceMs, why }: Illness): string {
  const since = `${new Date(sinceMs).toISOString().slice(0, 19)}Z`;
  const count = `step ${String(status.remediation?.count ?? 0)} of ${String(LAST_STEP)}`;
  const what =
    step === 'Restart'
      ? 'its container is restarted'
      : object.spec.role === 'worker'
        ? 'its container is made anew and joins again; persistent data, name and address stay'
        : 'its container is made anew; its data, name and address stay';
  return `Unhealthy since ${since} (${why.replace(/[.\s]+$/, '')}): ${what} (${count})`;
}

/** What was decided is done beside the loop; when it has been done, what follows is the node's ordinary life. */
async function remedy(scope: NodeScope, againMs: number): Promise<Step> {
  const { object, status, world, lookAgainIn } = scope;
  lookAgainIn(againMs - world.clock.now());
  const decided = status.remediation;
  if (decided === undefined) return proceed();
  const container = await containerOf(scope);
  if (container === undefined || !isToBeTaken(decided, container)) {
    world.tasks.forget(object.metadata.uid, TASK);
    if (decided.step === 'Replace') sweep(scope, container);
    return proceed();
  }
  const wake = (): void => {
    world.wake('Node', keyOf(object));
  };
  const run = ensureWithRetry(world.tasks, world.clock, {
    owner: object.metadata.uid,
    id: TASK,
    generation: decided.at,
    run: async (abort) => {
      // The cache may lag behind: only who has the turn now may act.
      const cluster = await world.kube.get(ClusterKind, keyOf(clusterIn(scope)), abort);
      if (cluster?.status?.remediation?.node !== object.metadata.name) return;
      await (decided.step === 'Restart' ? restart(world, container, abort) : replace(scope, container, abort));
    },
    onSettled: wake,
  });
  if (run.state === 'succeeded') world.tasks.forget(object.metadata.uid, TASK);
  const said = findCondition(object.status?.conditions, type)?.message ?? '';
  const trouble = run.state === 'failed' ? `${run.error.message} It is tried again` : said;
  return waitFor(reasonOf(decided.step), trouble, LOOK_MS);
}

/** The space of what was put aside comes back when nothing of it is mounted any more: in the new container. */
function sweep({ object, world }: NodeScope, container: Container | undefined): void {
  if (container?.state !== 'running') return;
  world.tasks.ensure({
    owner: object.metadata.uid,
    id: SWEEP,
    generation: container.id,
    run: (abort) => sweepUp(world, container, abort),
    onSettled: () => undefined,
  });
}

async function containerOf({ object, world, signal }: NodeScope): Promise<Container | undefined> {
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

/** Its image is there, and nothing is lost with its container: an adopted node's state may be in it. */
async function canBeReplaced({ status, world, signal }: NodeScope, container: Container | undefined): Promise<boolean> {
  const recoverable = findCondition(status.conditions, NodeCondition.Recoverable);
  if (recoverable !== undefined && recoverable.status !== 'True') return false;
  const image = status.image ?? container?.image.reference;
  return image !== undefined && (await world.containers.images.find(image, signal)) !== undefined;
}

/** The same phase, which fails instead of waiting when nothing more is done by itself: a person must look. */
export const unlessExhausted =
  (phase: (scope: NodeScope) => Promise<Step>) =>
  async (scope: NodeScope): Promise<Step> => {
    const step = await phase(scope);
    const { object, world } = scope;
    const cluster = clusterIn(scope);
    if (step.kind !== 'wait') return step;
    const plan = planFor(object, cluster, nodesOf(world, cluster), world.clock.now());
    if (plan.kind !== 'exhausted') return step;
    const message = findCondition(object.status?.conditions, type)?.message ?? step.message;
    return fail(Reason.RemediationExhausted, message, step.afterMs);
  };

/** The node is healthy, and every phase before says so: what was done about it is over, and after an hour forgotten. */
export function concludeRemediation({ object, status, world, withdraw }: NodeScope): Promise<Step> {
  const { remediation } = status;
  withdraw(type);
  if (remediation === undefined) return Promise.resolve(proceed());
  world.tasks.forget(object.metadata.uid, TASK);
  const isExhausted = findCondition(object.status?.conditions, type)?.reason === Reason.RemediationExhausted;
  if (isBeingRemedied(object)) {
    const message = `Healthy again after ${String(remediation.count)} of ${String(LAST_STEP)} steps, the last a ${remediation.step}`;
    world.events.record({ object, type: 'Normal', reason: EventReason.Remedied, action: 'Remediate', message });
  }
  const healthy = findCondition(object.status?.conditions, NodeCondition.Healthy);
  const healthySinceMs = healthy?.status === 'True' ? Date.parse(healthy.lastTransitionTime) : Infinity;
  if (isExhausted || world.clock.now() - healthySinceMs >= REMEMBERED_MS) delete status.remediation;
  return Promise.resolve(proceed());
}
