import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { ClusterUnreachable } from '../../../crds/errors.ts';
import { pace } from '../../pace.ts';
import { clusterAccess } from '../../access.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isUnavailable } from '../../kube/error.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import type { CoreCondition, KubeNode } from '../../kube/kinds.ts';
import { controlPlanePower } from '../../power.ts';
import { proceed, unknown, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { nodesOf } from '../../world.ts';
import { clusterIn } from '../scope.ts';
import type { NodeScope } from '../scope.ts';
import { register } from './registration.ts';

const SOON_MS = 500;
/** What a cluster writes down has whole seconds. */
const SECOND_MS = 1_000;
const UNHURRIED_MS = 30_000;
/** Of the texts about a node's machine. */
const LONGEST = 256;

type NodeInfo = NonNullable<NonNullable<KubeNode['status']>['nodeInfo']>;

/**
 * The cluster itself calls the node Ready, and has heard so from its kubelet since the container was started. While nobody
 * can ask the cluster, nobody knows.
 */
export async function ensureHealthy(scope: NodeScope): Promise<Step> {
  const cluster = clusterIn(scope);
  const power = controlPlanePower(nodesOf(scope.world, cluster), cluster);
  if (power !== 'Running') {
    const off = `The control plane is ${power.toLowerCase()}, as is asked for: nobody can say how the node is`;
    return unknown(waitFor(Reason[power], off, UNHURRIED_MS));
  }
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

const soonMs = ({ status, world }: NodeScope): number =>
  pace(status.conditions, NodeCondition.Healthy, world.clock, SOON_MS);

async function ask(scope: NodeScope, client: KubeClient): Promise<Step> {
  const { status, signal } = scope;
  const node = await client.get(KubeNodeType, { namespace: '', name: status.hostname ?? '' }, signal);
  const registering = await register(scope, client, node);
  if (registering !== undefined) return registering;
  note(status, node?.status?.nodeInfo);
  return judge(
    scope,
    node?.status?.conditions?.find(({ type }) => type === 'Ready'),
  );
}

/** What a kubelet tells of its machine. It may be a kubelet of somebody's own: what is too long for the contract is cut. */
function note(status: NodeScope['status'], info: NodeInfo | undefined): void {
  if (info === undefined) return;
  status.version = info.kubeletVersion;
  if (info.osImage !== undefined) status.osImage = info.osImage.slice(0, LONGEST);
  if (info.kernelVersion !== undefined) status.kernelVersion = info.kernelVersion.slice(0, LONGEST);
}

async function judge(scope: NodeScope, ready: CoreCondition | undefined): Promise<Step> {
  if (ready?.status !== 'True')
    return waitFor(Reason.NodeNotReady, ready?.message ?? 'The kubelet has not reported yet', soonMs(scope));
  const container = await scope.container();
  if (container === undefined || isSince(ready, container.startedAt)) return proceed();
  const message = `Container ${container.name} was started at ${container.startedAt.slice(0, 19)}Z, and its kubelet has not reported since`;
  return unknown(waitFor(Reason.KubeletStarting, message, soonMs(scope)));
}

/** A cluster goes on calling a node Ready for most of a minute after it went away. */
const isSince = ({ lastHeartbeatTime }: CoreCondition, startedAt: string): boolean =>
  lastHeartbeatTime === undefined || !(Date.parse(lastHeartbeatTime) + SECOND_MS <= Date.parse(startedAt));
