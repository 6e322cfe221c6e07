import { Reason } from '../../../crds/conditions.ts';
import { ClusterUnreachable } from '../../../crds/errors.ts';
import { clusterAccess } from '../../access.ts';
import { KubeApiError, KubeUnreachable } from '../../kube/error.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { clusterIn } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

/** While something is on its way, and when all is well. */
const SOON_MS = 500;

/** The cluster itself calls the node Ready. */
export async function ensureHealthy(scope: NodeScope): Promise<Step> {
  const { object, status, world, signal } = scope;
  const cluster = clusterIn(scope);
  const access = await clusterAccess(world, cluster, signal);
  if (access === undefined) return waitFor(Reason.ControlPlaneStarting, 'The control plane does not run');
  try {
    const node = await access.client.get(KubeNodeType, { namespace: '', name: status.hostname ?? '' }, signal);
    if (node === undefined) {
      return waitFor(Reason.NodeNotReady, `The kubelet of ${object.metadata.name} has not registered it yet`, SOON_MS);
    }
    status.version = node.status?.nodeInfo?.kubeletVersion ?? status.version ?? '';
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return proceed();
    return waitFor(Reason.NodeNotReady, ready?.message ?? 'The kubelet has not reported yet', SOON_MS);
  } catch (error) {
    return unreachable(error, cluster.metadata.name, access.endpoint);
  }
}

/** An API server that does not answer is a state of the world to wait for, not a fault of ours. */
function unreachable(error: unknown, cluster: string, endpoint: string): Step {
  const isDown = error instanceof KubeUnreachable || (error instanceof KubeApiError && error.code >= 500);
  if (!isDown) throw error;
  const { reason, message } = new ClusterUnreachable({ cluster, endpoint, why: error.message }, error);
  return waitFor(reason, message);
}
