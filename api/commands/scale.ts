import { ClusterKind } from '../../crds/cluster.ts';
import { Failure } from '../failure.ts';
import { clustersToChange } from './finding.ts';
import { settle } from './power.ts';
import { isReady, titleOf } from './progress/goal.ts';
import type { Scope } from './scope.ts';
import { finish, sideBySide } from './side-by-side.ts';
import { setWorkers } from './workers.ts';

/** `-n` is the number of nodes in all, as it is of `add cluster`. */
export async function scaleClusters(scope: Scope): Promise<void> {
  const { nodes } = scope.command.options;
  if (nodes === undefined)
    throw new Failure(422, 'Say how many nodes there shall be, as in qbo scale cluster dev -n 5.');
  const outcome = await sideBySide(await clustersToChange(scope), titleOf, async (cluster) => {
    const object = await setWorkers(scope, cluster, ({ metadata, spec }) => {
      if (nodes >= spec.controlPlanes) return nodes - spec.controlPlanes;
      throw new Failure(
        422,
        `Cluster ${metadata.name} has ${String(spec.controlPlanes)} control planes and can not have fewer nodes.`,
      );
    });
    return { object, wanted: isReady, reached: 'ready' };
  });
  await finish(outcome, (goals) => settle(scope, ClusterKind, goals));
}

/** Adds workers, one when `-n` is not given. */
export async function addNodes(scope: Scope): Promise<void> {
  const { nodes = 1 } = scope.command.options;
  const outcome = await sideBySide(await clustersToChange(scope), titleOf, async (cluster) => {
    const object = await setWorkers(scope, cluster, ({ spec }) => spec.workers + nodes);
    return { object, wanted: isReady, reached: 'ready' };
  });
  await finish(outcome, (goals) => settle(scope, ClusterKind, goals));
}
