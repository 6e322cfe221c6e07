import { Reason } from '../../../crds/conditions.ts';
import { ClusterKind } from '../../../crds/cluster.ts';
import { namespaceOf } from '../../../crds/user.ts';
import { isDeleting } from '../../identity.ts';
import { NamespaceType } from '../../kube/kinds.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { clustersOf } from '../clusters.ts';
import type { UserScope } from '../scope.ts';
import { revoke } from './access.ts';
import { isGivenTo, isMadeFor } from './namespace.ts';

/** Who is to go comes in no more, from the first moment. */
export async function removeAccess(scope: UserScope): Promise<Step> {
  await revoke(scope);
  return proceed();
}

/** Clusters are never deleted with their user: somebody has to say so, of each. */
export async function awaitClustersGone(scope: UserScope): Promise<Step> {
  const { object, world, status, signal } = scope;
  const home = await world.kube.get(NamespaceType, { namespace: '', name: namespaceOf(object) }, signal);
  // What is in somebody else's is not this user's.
  if (home === undefined || !isGivenTo(home, object)) return proceed();
  const clusters = clustersOf(world, object);
  status.clusters = clusters.length;
  if (clusters.length === 0) return proceed();
  const names = clusters.map(({ metadata }) => metadata.name).join(' ');
  return waitFor(
    Reason.ClustersRemain,
    `There are clusters in namespace ${namespaceOf(object)}, which are not deleted with their user. To delete them: ` +
      `kubectl delete clusters -n ${namespaceOf(object)} ${names}`,
    10_000,
  );
}

/** A namespace that we have made goes, once the API server itself says that no cluster is in it. */
export async function removeNamespace({ object, world, signal }: UserScope): Promise<Step> {
  const key = { namespace: '', name: namespaceOf(object) };
  const found = await world.kube.get(NamespaceType, key, signal);
  if (found === undefined || !isMadeFor(found, object)) return proceed();
  if (!isDeleting(found)) {
    const { items } = await world.kube.list(ClusterKind, { namespace: key.name, limit: 1 }, signal);
    if (items.length > 0) return waitFor(Reason.ClustersRemain, `A cluster has come into namespace ${key.name}`);
    await world.kube.delete(NamespaceType, key, { uid: found.metadata.uid }, signal);
  }
  return waitFor(Reason.Deleting, `Removing namespace ${key.name}`, 1_000);
}
