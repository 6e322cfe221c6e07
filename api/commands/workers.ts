import { ClusterKind, type Cluster } from '../../crds/cluster.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import { keyOf, type Stored } from '../../controllers/runtime/object.ts';
import { Failure } from '../failure.ts';
import { titleOf } from './progress/goal.ts';
import type { Scope } from './scope.ts';

/** Others may change the cluster between our look and our change: then it is looked at again. */
const TRIES = 5;

/**
 * Sets spec.workers to what `count` makes of the present cluster, and nothing else of it; returns the cluster as it is then. That
 * two who add a node at once add two is why it is tried again on a conflict.
 */
export async function setWorkers(
  { kube, work }: Scope,
  cluster: Stored<Cluster>,
  count: (cluster: Stored<Cluster>) => number,
): Promise<Stored<Cluster>> {
  let present: Stored<Cluster> | undefined = cluster;
  for (let tries = 1; present !== undefined; tries++) {
    const workers = count(present);
    if (workers === present.spec.workers) return present;
    const { resourceVersion } = present.metadata;
    try {
      return await kube.mergePatch(
        ClusterKind,
        keyOf(cluster),
        { metadata: { resourceVersion }, spec: { workers } },
        work,
      );
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.code !== 409 || tries === TRIES) throw error;
    }
    present = await kube.get(ClusterKind, keyOf(cluster), work);
  }
  throw new Failure(404, `${titleOf(cluster)} was deleted meanwhile.`);
}
