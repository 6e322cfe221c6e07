import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { ClusterUnreachable } from '../../../crds/errors.ts';
import { pace } from '../../pace.ts';
import { clusterAccess } from '../../access.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isUnavailable } from '../../kube/error.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import { proceed, unknown, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { clusterIn } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

const SOON_MS = 500;

/** The cluster itself calls the node Ready. While nobody can ask the cluster, nobody knows. */
export async function ensureHealthy(scope: NodeScope): Promise<Step> {
  const cluster = clusterIn(scope);
  const access = await clusterAccess(scope.world, cluster, scope.signal);
  if (access === undefined) return unknown(waitFor(Reason.ControlPlaneStarting, 'The control plane does not run'));
  try {
    return await ask(scope, access.client);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    const why = error.message;
    const down = new ClusterUnreachable({ cluster: cluster.metadata.name, endpoint: access.endpoint, why }, error);
    return unknown(waitFor(down.reason, down.message));
  }
}

async function ask({ object, status, world, signal }: NodeScope, client: KubeClient): Promise<Step> {
  const soonMs = pace(status.conditions, NodeCondition.Healthy, world.clock, SOON_MS);
  const node = await client.get(KubeNodeType, { namespace: '', name: status.hostname ?? '' }, signal);
  if (node === undefined) {
    return waitFor(Reason.NodeNotReady, `The kubelet of ${object.metadata.name} has not registered it yet`, soonMs);
  }
  const version = node.status?.nodeInfo?.kubeletVersion;
  if (version !== undefined) status.version = version;
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return proceed();
  return waitFor(Reason.NodeNotReady, ready?.message ?? 'The kubelet has not reported yet', soonMs);
}
