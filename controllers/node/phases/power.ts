import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { EventReason } from '../../../crds/events.ts';
import type { Container } from '../../backends/containers.ts';
import { idOf } from '../../identity.ts';
import { asAsked, powerOf, whoAsks } from '../../power.ts';
import { findCondition } from '../../runtime/condition.ts';
import { keyOf } from '../../runtime/object.ts';
import { about, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { leaveTraffic } from '../leave-traffic.ts';
import { tellPodsAreDown } from '../pods-down.ts';
import { isNeededToJoin, wantedPower, workersFirst } from '../power-order.ts';
import type { NodeScope } from '../scope.ts';

const STOP = 'stop';
/** A node takes about two seconds; etcd on a busy disk longer. Then it is killed, which it survives. */
const GRACE_SECONDS = 60;
const AS_ASKED_MS = 30_000;
const SOON_MS = 1_000;

/**
 * The container runs no more than it is asked to: it is stopped, or stays as it was paused. Proceeds when it is to run, and
 * when it must run before it can be paused. Needs neither address nor image, so that stopping works while these fail.
 */
export async function ensureStoppedIfAsked(scope: NodeScope): Promise<Step> {
  const { object, status, world, signal } = scope;
  const wanted = wantedPower(scope);
  if (wanted === 'Running') {
    world.tasks.forget(object.metadata.uid, STOP);
    return proceed();
  }
  const found = await world.containers.findByOwner(idOf(object), signal);
  // Of two nobody knows which: ensureContainer says so.
  if (found.length > 1) return proceed();
  const [container] = found;
  const power = powerOf(container);
  if (wanted === 'Paused' && (power !== 'Paused' || (await isNeededToJoin(scope)))) return proceed();
  if (container !== undefined && power !== wanted) return stop(scope, container);
  world.tasks.forget(object.metadata.uid, STOP);
  if (container === undefined) delete status.containerID;
  // Also of one that was stopped by somebody else, and of what its kubelet said last.
  await tellPodsAreDown(scope);
  return holdAt(scope, wanted);
}

/** The container is paused if that is asked for. kubeadm has done its work before: half of it can not be frozen. */
export async function ensurePausedIfAsked(scope: NodeScope): Promise<Step> {
  const { object, status, world, signal } = scope;
  const { containerID } = status;
  if (wantedPower(scope) !== 'Paused' || containerID === undefined) return proceed();
  const first = await workersFirst(scope);
  if (first !== undefined) return about(NodeCondition.ContainerReady, waitFor(Reason.Pausing, first, SOON_MS));
  await world.containers.pause(containerID, signal);
  const wasPaused = saidBefore(scope) === Reason.Paused;
  world.events.record({
    object,
    type: wasPaused ? 'Warning' : 'Normal',
    reason: EventReason.ContainerPaused,
    action: 'PauseContainer',
    message: `Container ${status.containerName ?? ''} ${wasPaused ? 'ran, and is paused again' : 'is paused'}, ${whoAsks(object, scope.cluster)}`,
  });
  return about(NodeCondition.ContainerReady, holdAt(scope, 'Paused'));
}

/** Beside the loop: a node that does not end by itself takes its whole time of grace. */
async function stop(scope: NodeScope, container: Container): Promise<Step> {
  const { object, cluster, status, world } = scope;
  status.power = powerOf(container);
  const first = await workersFirst(scope);
  if (first !== undefined) return waitFor(Reason.Stopping, first, SOON_MS);
  if (saidBefore(scope) !== Reason.Stopping) tellStopping(scope, container);
  const leaving = await leaveTraffic(scope);
  if (leaving !== undefined) return leaving;
  const run = world.tasks.ensure({
    owner: object.metadata.uid,
    id: STOP,
    generation: `${container.id} ${container.startedAt}`,
    run: (abort) => world.containers.stop(container.id, GRACE_SECONDS, abort),
    onSettled: () => {
      world.wake('Node', keyOf(object));
    },
  });
  if (run.state !== 'running') world.tasks.forget(object.metadata.uid, STOP);
  if (run.state === 'failed') throw run.error;
  // It settled between our two looks, or somebody has started it again.
  const afterMs = run.state === 'succeeded' ? 0 : 5_000;
  return waitFor(Reason.Stopping, `Container ${container.name} is being stopped, ${whoAsks(object, cluster)}`, afterMs);
}

function tellStopping(scope: NodeScope, { name }: Container): void {
  const { object, cluster, world } = scope;
  const wasStopped = saidBefore(scope) === Reason.Stopped;
  world.events.record({
    object,
    type: wasStopped ? 'Warning' : 'Normal',
    reason: EventReason.ContainerStopping,
    action: 'StopContainer',
    message: `Container ${name} ${wasStopped ? 'ran, and is stopped again' : 'is stopped'}, ${whoAsks(object, cluster)}`,
  });
}

const saidBefore = ({ object }: NodeScope): string | undefined =>
  findCondition(object.status?.conditions, NodeCondition.ContainerReady)?.reason;

/** As it was asked for, and so no fault: but nobody would call the node usable. */
function holdAt(scope: NodeScope, power: 'Stopped' | 'Paused'): Step {
  const { object, cluster, status, report } = scope;
  status.power = power;
  const message = `${asAsked(object, cluster)}. Its data and its address stay`;
  report({ type: NodeCondition.Healthy, status: 'False', reason: Reason[power], message });
  return waitFor(Reason[power], message, AS_ASKED_MS);
}
