import type { ClusterStatus } from '../../../crds/cluster.ts';
import { ClusterCondition, NodeCondition, Reason } from '../../../crds/conditions.ts';
import { EventReason } from '../../../crds/events.ts';
import type { Node } from '../../../crds/node.ts';
import { controlPlanePower, effectivePower, isLeftAlone, whoAsks } from '../../power.ts';
import type { Power } from '../../power.ts';
import { findCondition } from '../../runtime/condition.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step, Wait } from '../../runtime/step.ts';
import type { ClusterScope } from '../scope.ts';

const AS_ASKED_MS = 30_000;
const ON_THE_WAY = { Running: 'Starting', Stopped: 'Stopping', Paused: 'Pausing' } as const;

interface Summary {
  readonly power: NonNullable<ClusterStatus['power']>;
  readonly isDone: boolean;
  readonly reason: Reason;
  readonly message: string;
}

/** What the containers do, as against what is asked for: said whatever phase the cluster is in. */
export function reportPower(scope: ClusterScope): Promise<Step> {
  const { object, status, world, report } = scope;
  const { power, isDone, reason, message } = summarizePower(scope);
  status.power = power;
  const unseen = unseenNode(scope);
  if (isDone && unseen !== undefined) report({ type: ClusterCondition.PowerReady, status: 'Unknown', ...unseen });
  else report({ type: ClusterCondition.PowerReady, status: isDone ? 'True' : 'False', reason, message });
  if (isDone && power !== 'Running' && object.status?.power !== power) {
    const said = power === 'Paused' ? EventReason.ClusterPaused : EventReason.ClusterStopped;
    world.events.record({ object, type: 'Normal', reason: said, action: 'SetPower', message });
  }
  return Promise.resolve(proceed());
}

/** What a Node says that had a container, and of which nobody can say now what that does: when the engine is away. */
function unseenNode({ nodes }: ClusterScope): { readonly reason: string; readonly message: string } | undefined {
  for (const { metadata, status } of nodes) {
    const container = findCondition(status?.conditions, NodeCondition.ContainerReady);
    const ready = findCondition(status?.conditions, NodeCondition.Ready);
    if (status?.power === undefined || container?.status !== 'Unknown' || ready === undefined) continue;
    return { reason: ready.reason, message: `Node ${metadata.name}: ${ready.message}` };
  }
  return undefined;
}

/** The API server is to run, so that phases may ask it. Everything that depends on it says what it says. */
export function ensureApiServerIsToRun(scope: ClusterScope): Promise<Step> {
  const off = apiServerIsOff(scope);
  if (off === undefined) return Promise.resolve(proceed());
  const { reason, message } = off;
  for (const type of [ClusterCondition.AddonsReady, ClusterCondition.NodesReady]) {
    scope.report({ type, status: 'False', reason, message });
  }
  return Promise.resolve(off);
}

/** What a phase says that needs the API server, while that is off as asked: no fault, and no use either. */
export function apiServerIsOff(scope: ClusterScope): Wait | undefined {
  const { object, nodes } = scope;
  const power = controlPlanePower(nodes, object);
  if (power === 'Running') return undefined;
  const { reason, message } = power === object.spec.power ? summarizePower(scope) : withoutControlPlane(scope, power);
  return waitFor(reason, message, AS_ASKED_MS);
}

/** The nodes that do not run although their cluster does, because they themselves are asked not to: for people. */
export const nodesOffAsAsked = ({ object, nodes }: Pick<ClusterScope, 'object' | 'nodes'>): string =>
  nodes
    .filter((node) => effectivePower(node, object) !== 'Running')
    .map((node) => `Node ${node.metadata.name} is ${wordOf(effectivePower(node, object))}, ${whoAsks(node, object)}`)
    .join('; ');

function summarizePower(scope: ClusterScope): Summary {
  const { object, nodes } = scope;
  const wanted = object.spec.power;
  const behind = nodes.find((node) => isBehind(node, scope));
  const isMade = wanted === 'Stopped' || nodes.some(({ status }) => status?.power !== undefined);
  if (behind === undefined && isMade) return { power: wanted, isDone: true, ...whenDone(scope) };
  const power = ON_THE_WAY[wanted];
  if (behind === undefined)
    return { power, isDone: false, reason: power, message: 'No container of the cluster runs yet' };
  const left = isLeftAlone(behind) ? ', and is left alone because of its annotation qbo.io/paused' : '';
  const message = `Node ${behind.metadata.name} is still ${wordOf(behind.status?.power)}${left}`;
  // One node that is to be off does not make a cluster that runs one that starts.
  const own = effectivePower(behind, object);
  return own === 'Running' || wanted !== 'Running'
    ? { power, isDone: false, reason: power, message }
    : { power: wanted, isDone: false, reason: ON_THE_WAY[own], message };
}

/** A Node that has not said yet what its container does has none, and is only on its way to one. */
const isBehind = (node: Node, { object }: ClusterScope): boolean =>
  node.status?.power !== undefined && node.status.power !== effectivePower(node, object);

function whenDone(scope: ClusterScope): Pick<Summary, 'reason' | 'message'> {
  const { power } = scope.object.spec;
  if (power === 'Running') return { reason: Reason.Ready, message: nodesOffAsAsked(scope) };
  const message = `${power}, as spec.power asks. Its data and addresses stay; set spec.power to Running to go on`;
  return { reason: Reason[power], message };
}

function withoutControlPlane(scope: ClusterScope, power: Power): Pick<Summary, 'reason' | 'message'> {
  const reason = power === 'Paused' ? Reason.Paused : Reason.Stopped;
  return { reason, message: `The cluster can not be used without its control plane: ${nodesOffAsAsked(scope)}` };
}

const wordOf = (power: Power | undefined): string => (power ?? 'Stopped').toLowerCase();
