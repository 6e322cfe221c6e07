import { Reason } from '../../../crds/conditions.ts';
import { NetworkKind } from '../../../crds/network.ts';
import { FINALIZER, Label } from '../../../crds/names.ts';
import { isDeleting, ownedBy } from '../../identity.ts';
import { findCondition } from '../../runtime/condition.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { networkOf } from '../../world.ts';
import type { ClusterScope } from '../scope.ts';

/** The cluster's Network exists and is ready. A cluster whose Network is refused says so in the Network's own words. */
export async function ensureNetwork({ object, world, signal }: ClusterScope): Promise<Step> {
  const network = networkOf(world, object);
  if (network === undefined) {
    const { subnet } = object.spec.networking;
    await world.kube.apply(
      NetworkKind,
      {
        apiVersion: NetworkKind.apiVersion,
        kind: NetworkKind.kind,
        metadata: {
          name: object.metadata.name,
          namespace: object.metadata.namespace ?? '',
          labels: { [Label.cluster]: object.metadata.name },
          ownerReferences: [ownedBy(object)],
          finalizers: [FINALIZER],
        },
        spec: { cluster: object.metadata.name, ...(subnet === undefined ? {} : { subnet }) },
      },
      { fieldManager: 'qbo-cluster' },
      signal,
    );
    return waitFor(Reason.CreatingNetwork, 'The network is being made');
  }
  if (isDeleting(network)) return waitFor(Reason.Deleting, 'The former network is still being removed');
  const ready = findCondition(network.status?.conditions, 'Ready');
  if (network.status?.dockerNetworkID !== undefined && ready?.status === 'True') return proceed();
  const isStalled = findCondition(network.status?.conditions, 'Stalled')?.status === 'True';
  const message = ready?.message ?? 'The network is being made';
  return isStalled
    ? fail(ready?.reason ?? 'NetworkFailed', message)
    : waitFor(ready?.reason ?? Reason.CreatingNetwork, message);
}
