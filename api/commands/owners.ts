import { namespaceOf, UserKind, type User } from '../../crds/user.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import type { KubeObject } from '../../controllers/runtime/object.ts';
import { refusable } from '../refusal.ts';
import { ownersOf, type Owner, type Owners } from '../rows/owner.ts';
import type { Scope } from './scope.ts';

type Asking = Pick<Scope, 'kube' | 'caller' | 'signal'>;

/** Whose the namespaces of these objects are. Users are asked for only when one is not the caller's own. */
export async function ownersFor(scope: Asking, objects: readonly KubeObject[]): Promise<Owners> {
  const { caller } = scope;
  const isOwn = objects.every(({ metadata }) => (metadata.namespace ?? '') === caller.namespace);
  return ownersOf([...(isOwn ? [] : await otherOwners(scope)), caller]);
}

/** Everybody who has a namespace; nobody, to a caller who may not know: namespaces tell enough. */
export const otherOwners = ({ kube, signal }: Asking): Promise<readonly Owner[]> =>
  refusable('The users', async () => {
    try {
      return (await kube.list(UserKind, {}, signal)).items.map(ownerOf);
    } catch (error) {
      if (error instanceof KubeApiError && (error.code === 403 || error.code === 404)) return [];
      throw error;
    }
  });

const ownerOf = (user: User): Owner => ({
  namespace: namespaceOf(user),
  email: user.spec.email,
  name: user.metadata.name,
});
