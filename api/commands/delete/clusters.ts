import { ClusterKind } from '../../../crds/cluster.ts';
import { keyOf } from '../../../controllers/runtime/object.ts';
import { clustersToChange } from '../finding.ts';
import { settle } from '../power.ts';
import { titleOf } from '../progress/goal.ts';
import type { Scope } from '../scope.ts';
import { finish, sideBySide } from '../side-by-side.ts';

/** Deletes clusters with everything in them, and waits until nothing is left. */
export async function deleteClusters(scope: Scope): Promise<void> {
  const { kube, work } = scope;
  const outcome = await sideBySide(await clustersToChange(scope), titleOf, async (object) => {
    await kube.delete(ClusterKind, keyOf(object), { uid: object.metadata.uid }, work);
    return { object, wanted: 'gone', reached: 'deleted' } as const;
  });
  await finish(outcome, (goals) => settle(scope, ClusterKind, goals));
}
