import { UserKind, type User } from '../../crds/user.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { refusable } from '../refusal.ts';
import { chosen } from './listing.ts';
import type { Scope } from './scope.ts';

/** The users that the command names. */
export async function findUsers(scope: Scope): Promise<readonly Stored<User>[]> {
  const { items } = await refusable('The users', () => scope.kube.list(UserKind, {}, scope.signal));
  return chosen(scope, 'user', () =>
    Promise.resolve(
      items.map((user) => ({
        value: user,
        namespace: scope.caller.namespace,
        words: [user.metadata.name, user.spec.email],
        unique: [],
        ids: [user.metadata.uid, ...(user.status?.uuid === undefined ? [] : [user.status.uuid])],
      })),
    ),
  );
}
