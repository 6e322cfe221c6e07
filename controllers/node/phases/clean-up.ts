import { EventReason } from '../../../crds/events.ts';
import type { Cluster } from '../../../crds/cluster.ts';
import { Reason } from '../../../crds/conditions.ts';
import { Label } from '../../../crds/names.ts';
import type { Node } from '../../../crds/node.ts';
import { isAdopted, isConfirmed } from '../../adopted.ts';
import { clusterAccess } from '../../access.ts';
import type { Volume } from '../../backends/containers.ts';
import { idOf, isDeleting } from '../../identity.ts';
import { isUnavailable } from '../../kube/error.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import { controlPlanePower } from '../../power.ts';
import type { Stored } from '../../runtime/object.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { nodesOf } from '../../world.ts';
import type { World } from '../../world.ts';
import { drain } from '../drain.ts';
import { hostnameOf } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

/** How long pods, and an API server that does not answer, may hold up the removal of a node. */
const PATIENCE_MS = 120_000;

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

/** Those of a node's volumes that are still there. */
export const volumesLeft = (object: Stored<Node>, world: World, signal: AbortSignal): Promise<readonly Volume[]> =>
  world.containers.volumes.list({ [Label.id]: idOf(object) }, signal);
