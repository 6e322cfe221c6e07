import { EventReason } from '../../../crds/events.ts';
import type { Cluster } from '../../../crds/cluster.ts';
import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { Label } from '../../../crds/names.ts';
import { LastControlPlane } from '../../../crds/errors.ts';
import type { Node } from '../../../crds/node.ts';
import { isAdopted, isConfirmed } from '../../adopted.ts';
import { clusterAccess } from '../../access.ts';
import type { Volume } from '../../backends/containers.ts';
import { idOf, isDeleting } from '../../identity.ts';
import { isUnavailable } from '../../kube/error.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import { controlPlanePower } from '../../power.ts';
import { isTrue } from '../../runtime/condition.ts';
import type { Stored } from '../../runtime/object.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { nodesOf } from '../../world.ts';
import type { World } from '../../world.ts';
import { BOOTSTRAP } from '../bootstrap-script.ts';
import { drain } from '../drain.ts';
import { hostnameOf } from '../scope.ts';
import type { NodeScope } from '../scope.ts';
import { ensureContainer } from './container.ts';
import { ensurePausedIfAsked, ensureStoppedIfAsked } from './power.ts';

/** How long pods, and an API server that does not answer, may hold up the removal of a node. */
const PATIENCE_MS = 120_000;

/**
 * Deleting the only control plane would silently destroy the cluster: that is what deleting the Cluster is for. As a
 * deletion can not be taken back, a control plane that is kept is looked after as before.
 */
export async function keepLastControlPlane(scope: NodeScope): Promise<Step> {
  const { object, cluster } = scope;
  if (object.spec.role !== 'control-plane' || cluster === undefined || isDeleting(cluster)) return proceed();
  if (hasAnother(scope, cluster) || !(await mayHoldData(scope))) return proceed();
  for (const phase of [ensureStoppedIfAsked, ensureContainer, ensurePausedIfAsked]) {
    const step = await phase(scope);
    if (step.kind === 'proceed') continue;
    scope.lookAgainIn(step.afterMs);
    break;
  }
  const error = new LastControlPlane({ node: object.metadata.name, cluster: cluster.metadata.name });
  return fail(error.reason, error.message);
}

const hasAnother = ({ object, world }: NodeScope, cluster: Stored<Cluster>): boolean =>
  nodesOf(world, cluster).some(
    ({ spec, metadata, status }) =>
      spec.role === 'control-plane' &&
      metadata.uid !== object.metadata.uid &&
      metadata.deletionTimestamp === undefined &&
      isTrue(status?.conditions, NodeCondition.Bootstrapped),
  );

/** Asked of the engine: a status may be lost, data may not. Before it is bootstrapped there are none. */
async function mayHoldData({ object, world, signal }: NodeScope): Promise<boolean> {
  const [container] = await world.containers.findByOwner(idOf(object), signal);
  if (container === undefined) return (await volumesLeft(object, world, signal)).length > 0;
  return (await world.containers.readFile(container.id, BOOTSTRAP.done, signal)) !== undefined;
}

/**
 * Its pods have moved elsewhere and the cluster has forgotten it. Left out when the whole cluster goes, and given up
 * when the cluster can not be asked for too long: a dead API server must not make a node immortal.
 */
export async function leaveCluster(scope: NodeScope): Promise<Step> {
  const { object, cluster, world } = scope;
  if (cluster === undefined || isGoing(world, cluster)) return proceed();
  // Nothing can be asked of a control plane that is to be off; the cluster forgets the node when it runs again.
  if (controlPlanePower(nodesOf(world, cluster), cluster) !== 'Running') return proceed();
  const isPatient = world.clock.now() - Date.parse(object.metadata.deletionTimestamp ?? '') < PATIENCE_MS;
  const step = await tryToLeave(scope, cluster, isPatient);
  return step.kind === 'proceed' || isPatient ? step : proceed();
}

async function tryToLeave(scope: NodeScope, cluster: Stored<Cluster>, isPatient: boolean): Promise<Step> {
  const { object, world, signal } = scope;
  const access = await clusterAccess(world, cluster, signal);
  if (access === undefined)
    return waitFor(Reason.Draining, 'The control plane does not run, so the node can not be drained');
  const hostname = hostnameOf(object, cluster);
  try {
    const left = isPatient && (await isRunning(scope)) ? await drain(access.client, hostname, signal) : [];
    if (left.length > 0) return waitFor(Reason.Draining, `Waiting for pods to leave: ${left.join(', ')}`, 1_000);
    await access.client.delete(KubeNodeType, { namespace: '', name: hostname }, {}, signal);
    return proceed();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return waitFor(Reason.Draining, `The API server can not be asked: ${error.message}`);
  }
}

/** Pods of a node that is down can not leave it; they go with the Kubernetes node. */
async function isRunning({ object, world, signal }: NodeScope): Promise<boolean> {
  const containers = await world.containers.findByOwner(idOf(object), signal);
  return containers.some(({ state }) => state === 'running');
}

export async function removeContainer({ object, world, signal }: NodeScope): Promise<Step> {
  world.tasks.forget(object.metadata.uid);
  for (const container of await world.containers.findByOwner(idOf(object), signal)) {
    await world.containers.remove(container.id, signal);
    world.events.record({
      object,
      type: 'Normal',
      reason: EventReason.ContainerRemoved,
      action: 'RemoveContainer',
      message: `Container ${container.name} is removed`,
    });
  }
  return proceed();
}

export async function removeVolumes({ object, world, signal }: NodeScope): Promise<Step> {
  for (const volume of await volumesLeft(object, world, signal)) {
    await world.containers.volumes.remove(volume.name, signal);
  }
  return proceed();
}

/** A kubelet that was started just before may have registered once more, until its container was gone. */
export async function forgetKubernetesNode({ object, cluster, world, signal }: NodeScope): Promise<Step> {
  if (cluster === undefined || isGoing(world, cluster)) return proceed();
  const access = await clusterAccess(world, cluster, signal);
  try {
    await access?.client.delete(KubeNodeType, { namespace: '', name: hostnameOf(object, cluster) }, {}, signal);
  } catch (error) {
    // Who could not be asked before it was removed is not waited for now.
    if (!isUnavailable(error)) throw error;
  }
  return proceed();
}

/** The whole cluster goes with its object, unless it was adopted and is given back: then it only loses what we added. */
const isGoing = (world: World, cluster: Stored<Cluster>): boolean =>
  isDeleting(cluster) && (isConfirmed(cluster) || !nodesOf(world, cluster).some(isAdopted));

const volumesLeft = (object: Stored<Node>, world: World, signal: AbortSignal): Promise<readonly Volume[]> =>
  world.containers.volumes.list({ [Label.id]: idOf(object) }, signal);
