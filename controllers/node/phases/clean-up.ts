import type { Cluster } from '../../../crds/cluster.ts';
import { Reason } from '../../../crds/conditions.ts';
import { Label } from '../../../crds/names.ts';
import { LastControlPlane } from '../../../crds/errors.ts';
import { clusterAccess } from '../../access.ts';
import { idOf, isDeleting } from '../../identity.ts';
import { isUnavailable } from '../../kube/error.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import type { Stored } from '../../runtime/object.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { nodesOf } from '../../world.ts';
import { drain } from '../drain.ts';
import { hostnameOf } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

/** How long pods, and an API server that does not answer, may hold up the removal of a node. */
const PATIENCE_MS = 120_000;

/** Deleting the only control plane would silently destroy the cluster: that is what deleting the Cluster is for. */
export function keepLastControlPlane({ object, cluster, world }: NodeScope): Promise<Step> {
  if (object.spec.role !== 'control-plane' || cluster === undefined || isDeleting(cluster))
    return Promise.resolve(proceed());
  const others = nodesOf(world, cluster).filter(
    (node) => node.spec.role === 'control-plane' && node.metadata.uid !== object.metadata.uid && !isDeleting(node),
  );
  if (others.length > 0) return Promise.resolve(proceed());
  const error = new LastControlPlane({ node: object.metadata.name, cluster: cluster.metadata.name });
  return Promise.resolve(fail(error.reason, error.message));
}

/**
 * Its pods have moved elsewhere and the cluster has forgotten it. Left out when the whole cluster goes, and given up
 * when the cluster can not be asked for too long: a dead API server must not make a node immortal.
 */
export async function leaveCluster(scope: NodeScope): Promise<Step> {
  const { object, cluster, world } = scope;
  if (cluster === undefined || isDeleting(cluster)) return proceed();
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
      reason: 'ContainerRemoved',
      action: 'RemoveContainer',
      message: `Container ${container.name} is removed`,
    });
  }
  return proceed();
}

export async function removeVolumes({ object, world, signal }: NodeScope): Promise<Step> {
  for (const volume of await world.containers.volumes.list({ [Label.id]: idOf(object) }, signal)) {
    await world.containers.volumes.remove(volume.name, signal);
  }
  return proceed();
}
