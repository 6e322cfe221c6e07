import { ClusterCondition, Reason } from '../../../crds/conditions.ts';
import type { ClusterAccess } from '../../access.ts';
import { KubeApiError, KubeUnreachable } from '../../kube/error.ts';
import { pace } from '../../pace.ts';
import { childStep } from '../../child.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { endpointAt, publishedAddress } from './published.ts';
import { apiServerIsOff } from './power.ts';
import type { ClusterScope } from '../scope.ts';

/** The API server is asked often while it starts: every 100 ms here is 100 ms of everybody's waiting. */
const SOON_MS = 200;

/** The API server answers, be it only that it is not ready. Before that, says what its Node waits for. */
export async function ensureApiServerAnswers(scope: ClusterScope): Promise<Step> {
  const access = await scope.access();
  if (access === undefined) return whatNodeSays(scope);
  const published = publishedAddress(scope);
  scope.status.endpoint = published === undefined ? access.endpoint : endpointAt(published);
  const answer = await askReadiness(scope, access);
  return answer instanceof KubeUnreachable ? notReady(scope, answer) : proceed();
}

/** The API server answers that it is ready. */
export async function ensureControlPlane(scope: ClusterScope): Promise<Step> {
  const off = apiServerIsOff(scope);
  if (off !== undefined) return off;
  const access = await scope.access();
  if (access === undefined) return whatNodeSays(scope);
  const answer = await askReadiness(scope, access);
  return answer === undefined ? proceed() : notReady(scope, answer);
}

/** undefined: it is ready. */
async function askReadiness(
  { signal }: ClusterScope,
  { client }: ClusterAccess,
): Promise<KubeUnreachable | KubeApiError | undefined> {
  try {
    await client.raw('/readyz', signal);
    return undefined;
  } catch (error) {
    if (error instanceof KubeUnreachable || error instanceof KubeApiError) return error;
    throw error;
  }
}

const soon = ({ status, world }: ClusterScope): number =>
  pace(status.conditions, ClusterCondition.ControlPlaneReady, world.clock, SOON_MS);

const notReady = (scope: ClusterScope, answer: Error): Step =>
  waitFor(Reason.ControlPlaneStarting, `kube-apiserver is not ready yet: ${whatIsMissing(answer)}`, soon(scope));

function whatNodeSays(scope: ClusterScope): Step {
  const node = scope.nodes.find(({ spec }) => spec.role === 'control-plane');
  const waiting = { reason: Reason.ControlPlaneStarting, afterMs: soon(scope) };
  if (node === undefined) return waitFor(waiting.reason, 'Its Node is being declared', waiting.afterMs);
  return childStep(node, waiting);
}

/** Of a verbose /readyz only the checks that fail: they change seldom, and say enough. */
function whatIsMissing(error: Error): string {
  const failing = error.message.split('\n').filter((line) => line.startsWith('[-]'));
  return failing.length === 0 ? (error.message.split('\n')[0] ?? '') : failing.join(', ');
}
