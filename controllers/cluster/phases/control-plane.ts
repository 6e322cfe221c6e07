import { Reason } from '../../../crds/conditions.ts';
import { clusterAccess } from '../../access.ts';
import { KubeApiError, KubeUnreachable } from '../../kube/error.ts';
import { childStep } from '../../child.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
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
    return waitFor(Reason.ControlPlaneStarting, `kube-apiserver is not ready yet: ${whatIsMissing(error)}`, SOON_MS);
  }
  status.endpoint = access.endpoint;
  return proceed();
}

function whatNodeSays({ nodes }: ClusterScope): Step {
  const node = nodes.find(({ spec }) => spec.role === 'control-plane');
  const waiting = { reason: Reason.ControlPlaneStarting, afterMs: SOON_MS };
  return node === undefined ? waitFor(waiting.reason, 'Its Node is being declared', SOON_MS) : childStep(node, waiting);
}

/** Of a verbose /readyz only the checks that fail: they change seldom, and say enough. */
function whatIsMissing(error: Error): string {
  const failing = error.message.split('\n').filter((line) => line.startsWith('[-]'));
  return failing.length === 0 ? (error.message.split('\n')[0] ?? '') : failing.join(', ');
}
