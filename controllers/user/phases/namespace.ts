import { NamespaceTaken } from '../../../crds/errors.ts';
import { Reason } from '../../../crds/conditions.ts';
import { Label } from '../../../crds/names.ts';
import { namespaceOf } from '../../../crds/user.ts';
import type { User } from '../../../crds/user.ts';
import { isDeleting } from '../../identity.ts';
import { NamespaceType } from '../../kube/kinds.ts';
import type { Namespace } from '../../kube/kinds.ts';
import type { Stored } from '../../runtime/object.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { clustersOf } from '../clusters.ts';
import type { UserScope } from '../scope.ts';

/**
 * The namespace of the user's clusters exists. One that was there before is used only when its label names this user:
 * whoever may make Users must not get at other people's Secrets by naming their namespace. No owner reference: a garbage
 * collector would take the namespace, and every cluster in it, whatever our finalizer says.
 */
export async function ensureNamespace({ object, status, world, signal }: UserScope): Promise<Step> {
  const name = namespaceOf(object);
  const found = await world.kube.get(NamespaceType, { namespace: '', name }, signal);
  if (found === undefined) {
    const labels = { [Label.user]: object.metadata.name, [Label.id]: object.metadata.uid };
    const { apiVersion, kind } = NamespaceType;
    // Created and not applied: of two Users who name the same, one is told.
    await world.kube.create(NamespaceType, { apiVersion, kind, metadata: { name, labels } }, signal);
  } else if (isDeleting(found)) {
    return waitFor(Reason.Deleting, `Namespace ${name} is being deleted, and is made again when it is gone`);
  } else if (!isGivenTo(found, object)) {
    throw new NamespaceTaken({ user: object.metadata.name, namespace: name, by: holderOf(found) });
  }
  status.namespace = name;
  status.clusters = clustersOf(world, object).length;
  return proceed();
}

export const isGivenTo = ({ metadata }: Namespace, user: User): boolean =>
  metadata.labels?.[Label.user] === user.metadata.name;

/** Made by us for this very user: it goes with them. */
export const isMadeFor = ({ metadata }: Namespace, user: Stored<User>): boolean =>
  metadata.labels?.[Label.id] === user.metadata.uid;

function holderOf({ metadata }: Namespace): string {
  const holder = metadata.labels?.[Label.user];
  return holder === undefined ? 'it was there before, and nobody has given it' : `it belongs to User ${holder}`;
}
