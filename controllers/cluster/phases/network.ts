import { Reason } from '../../../crds/conditions.ts';
import { NetworkKind } from '../../../crds/network.ts';
import { FINALIZER } from '../../../crds/names.ts';
import { isDeleting, ownedBy } from '../../identity.ts';
import { childStep, isReady } from '../../child.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { networkOf } from '../../world.ts';
import { childLabels, hasLostTies, tiesRestored } from '../own-children.ts';
import type { ClusterScope } from '../scope.ts';

/** The cluster's Network exists and is ready. A cluster whose Network is refused says so in the Network's own words. */
export async function ensureNetwork(scope: ClusterScope): Promise<Step> {
  const network = networkOf(scope.world, scope.object);
  if (network === undefined) return declare(scope);
  if (isDeleting(network)) {
    // It stays until the last node is gone; until then it serves, and the cluster must not wait for what waits for it.
    const serves = network.status?.dockerNetworkID !== undefined && scope.nodes.length > 0;
    const message = `Network ${network.metadata.name} is to be deleted, and goes when the cluster's nodes are gone`;
    return serves
      ? proceed(Reason.Deleting, message)
      : waitFor(Reason.Deleting, 'The former network is still being removed');
  }
  if (hasLostTies(network, scope.object, childLabels(scope.object))) {
    await declare(scope);
    scope.world.events.record(tiesRestored(scope.object, network));
  }
  return isReady(network) ? proceed() : childStep(network, { reason: Reason.CreatingNetwork, afterMs: 2_000 });
}

async function declare({ object, world, signal }: ClusterScope): Promise<Step> {
  const { name, namespace = '' } = object.metadata;
  const { subnet } = object.spec.networking;
  await world.kube.apply(
    NetworkKind,
    {
      apiVersion: NetworkKind.apiVersion,
      kind: NetworkKind.kind,
      metadata: {
        name,
        namespace,
        labels: childLabels(object),
        ownerReferences: [ownedBy(object)],
        finalizers: [FINALIZER],
      },
      spec: { cluster: name, ...(subnet === undefined ? {} : { subnet }) },
    },
    { fieldManager: 'qbo-cluster' },
    signal,
  );
  return waitFor(Reason.CreatingNetwork, 'The network is being made');
}
