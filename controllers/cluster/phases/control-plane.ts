import { Reason } from '../../../crds/conditions.ts';
import { clusterAccess } from '../../access.ts';
import { KubeApiError, KubeUnreachable } from '../../kube/error.ts';
import { findCondition } from '../../runtime/condition.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { ClusterScope } from '../scope.ts';

/** The API server is asked often while it starts: every 100 ms here is 100 ms of everybody's waiting. */
const SOON_MS = 200;

/** The API server answers that it is ready. Before that, says what its Node waits for. */
export async function ensureControlPlane(scope: ClusterScope): Promise<Step> {
  const { object, status, world, signal } = scope;
  const access = await clusterAccess(world, object, signal);
  if (access === undefined) return whatNodeSays(scope);
  try {
    await access.client.raw('/readyz', signal);
  } catch (error) {
    const isStarting = error instanceof KubeUnreachable || error instanceof KubeApiError;
    if (!isStarting) throw error;
    return waitFor(
      Reason.ControlPlaneStarting,
      `kube-apiserver does not answer /readyz yet: ${error.message}`,
      SOON_MS,
    );
  }
  status.endpoint = access.endpoint;
  return proceed();
}

function whatNodeSays({ nodes }: ClusterScope): Step {
  const node = nodes.find(({ spec }) => spec.role === 'control-plane');
  const ready = findCondition(node?.status?.conditions, 'Ready');
  const name = node?.metadata.name ?? '';
  if (ready === undefined) return waitFor(Reason.ControlPlaneStarting, `Node ${name} is being made`, SOON_MS);
  const message = `Node ${name}: ${ready.message}`;
  const isStalled = findCondition(node?.status?.conditions, 'Stalled')?.status === 'True';
  return isStalled ? fail(ready.reason, message) : waitFor(Reason.ControlPlaneStarting, message, SOON_MS);
}
