import { Reason } from '../../../crds/conditions.ts';
import { BY_CLUSTER, clusterOf } from '../../world.ts';
import { idOf, isDeleting } from '../../identity.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { NetworkScope } from '../scope.ts';
import { ensureAddresses } from './addresses.ts';
import { ensureDockerNetwork } from './docker-network.ts';
import { ensureManagementAttached } from './management.ts';

/**
 * Nodes keep their network until they are gone, in whatever order people delete things. As a deletion can not be taken
 * back, a network that serves nodes that stay is looked after as before.
 */
export async function awaitNodesGone(scope: NetworkScope): Promise<Step> {
  const { object, world } = scope;
  const nodes = world.nodes.byIndex(BY_CLUSTER, `${object.metadata.namespace ?? ''}/${object.spec.cluster}`);
  if (nodes.length === 0) return proceed();
  const cluster = clusterOf(world, object);
  // A last control plane that was deleted stays with its cluster, and needs it too.
  const isServing = !nodes.every(isDeleting) || (cluster !== undefined && !isDeleting(cluster));
  if (isServing) {
    const step = await ensureDockerNetwork(scope);
    if (step.kind !== 'proceed') return step;
    await ensureManagementAttached(scope);
  }
  await ensureAddresses(scope);
  const names = nodes.map(({ metadata }) => metadata.name).join(', ');
  return waitFor(
    Reason.NodesRemain,
    `Still in use by Nodes ${names}. Delete Cluster ${object.spec.cluster}, or those Nodes.`,
  );
}

export async function removeDockerNetwork({ object, world, signal }: NetworkScope): Promise<Step> {
  for (const network of await world.containers.networks.findByOwner(idOf(object), signal)) {
    await world.containers.networks.remove(network.id, signal);
  }
  return proceed();
}
