import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { EventReason } from '../../../crds/events.ts';
import { ClusterKind } from '../../../crds/cluster.ts';
import type { Container } from '../../backends/containers.ts';
import { LAST_STEP, REMEMBERED_MS, isBeingRemedied } from '../../remediation.ts';
import type { Illness } from '../../remediation.ts';
import { ensureWithRetry } from '../../retry.ts';
import { findCondition } from '../../runtime/condition.ts';
import { keyOf } from '../../runtime/object.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { nodesOf } from '../../world.ts';
import { begin, containerOf, reasonOf } from '../next-remedy.ts';
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
