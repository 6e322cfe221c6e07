import { UserKind } from '../../../crds/user.ts';
import { keyOf } from '../../../controllers/runtime/object.ts';
import { titleOf } from '../progress/goal.ts';
import { reach } from '../progress/reach.ts';
import type { Scope } from '../scope.ts';
import { finish, sideBySide } from '../side-by-side.ts';
import { findUsers } from '../users.ts';

/** Deletes users with their keys and rights. One who has clusters is refused by the API server. */
export async function deleteUsers(scope: Scope): Promise<void> {
  const { kube, work } = scope;
  const outcome = await sideBySide(await findUsers(scope), titleOf, async (object) => {
    await kube.delete(UserKind, keyOf(object), { uid: object.metadata.uid }, work);
    return { object, wanted: 'gone', reached: 'deleted' } as const;
  });
  await finish(outcome, (goals) => reach(scope, UserKind, goals));
}
