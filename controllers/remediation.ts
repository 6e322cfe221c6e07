import type { Cluster, ClusterSpec } from '../crds/cluster.ts';
import { NodeCondition, Reason } from '../crds/conditions.ts';
import { parseDuration } from '../crds/duration.ts';
import type { Node } from '../crds/node.ts';
import { isDeleting } from './identity.ts';
import { effectivePower, isLeftAlone } from './power.ts';
import { findCondition, isTrue } from './runtime/condition.ts';
import type { Condition } from './runtime/condition.ts';

/* What both sides of remediation agree on: the Cluster, which lets one Node at a time, and the Node, which acts. */

export type RemediationStep = 'Restart' | 'Replace';

/** Restarted and replaced, twice over: what that does not help, a person must look at. */
export const LAST_STEP = 4;
const HOUR_MS = 3_600_000;
/** A node that is unhealthy again within so long goes on where its remediation stopped. */
export const REMEMBERED_MS = HOUR_MS;
const LONGEST_PAUSE_MS = HOUR_MS;
const DEFAULTS = { mode: 'Enabled', timeout: '5m' } as const;

/** Reasons of a condition Healthy that is Unknown because the cluster's API could not be asked. */
const UNREACHABLE: readonly string[] = ['ClusterUnreachable', Reason.ControlPlaneStarting];

export interface Illness {
  /** Unix time in ms. */
  readonly sinceMs: number;
  /** In the cluster's words. */
  readonly why: string;
}

/** Objects of before this field was there have none until they are next written. */
const policyOf = ({ spec }: { spec: { remediation?: Partial<ClusterSpec['remediation']> } }) => ({
  ...DEFAULTS,
  ...spec.remediation,
});

/** How long a node may be unhealthy, in ms. */
export const timeoutOf = (cluster: Cluster): number =>
  parseDuration(policyOf(cluster).timeout) ?? parseDuration(DEFAULTS.timeout) ?? HOUR_MS;

export const isBeingRemedied = ({ status }: Node): boolean => isTrue(status?.conditions, NodeCondition.Remediating);

/**
 * Whether a node is unhealthy, by what its Node says. Its own cluster must say so: while the API can not be asked nobody
 * knows how workers are, and it is the control plane that is unhealthy. One that is being remedied stays unhealthy until
 * it is healthy, whatever step it is held up at on the way.
 */
export function illnessOf(node: Node): Illness | undefined {
  const conditions = node.status?.conditions;
  const healthy = findCondition(conditions, NodeCondition.Healthy);
  if (healthy === undefined || healthy.status === 'True') return undefined;
  const isIll = isUnreachable(healthy)
    ? node.spec.role === 'control-plane'
    : healthy.status === 'False' || isBeingRemedied(node);
  if (!isIll) return undefined;
  // What is started, after an hour or a year, gets its time.
  const running = findCondition(conditions, NodeCondition.ContainerReady)?.lastTransitionTime ?? '';
  const sinceMs = Math.max(...[healthy.lastTransitionTime, running].map(Date.parse).filter(Number.isFinite));
  // Held up on the way, it is Ready that says where.
  const words = healthy.status === 'False' || isUnreachable(healthy) ? healthy : findCondition(conditions, 'Ready');
  return { sinceMs, why: (words ?? healthy).message };
}

const isUnreachable = ({ status, reason }: Condition): boolean => status === 'Unknown' && UNREACHABLE.includes(reason);

/** What is to be done next, by how much was done. */
export const nextStep = (count: number): RemediationStep => (count % 2 === 0 ? 'Restart' : 'Replace');

/**
 * When the next step is due, as Unix time in ms: when the node has been unhealthy for the timeout, and after the last
 * step for as long, for twice as long after the second, and so on. undefined: all has been done, see `exhaustedAt`.
 */
export function dueAt(node: Node, { sinceMs }: Illness, timeoutMs: number): number | undefined {
  const done = node.status?.remediation;
  if (done === undefined || done.count === 0) return sinceMs + timeoutMs;
  if (done.count >= LAST_STEP) return undefined;
  const pauseMs = Math.min(timeoutMs * 2 ** (done.count - 1), Math.max(LONGEST_PAUSE_MS, timeoutMs));
  const afterPauseMs = Date.parse(done.at) + pauseMs;
  // While a step shows no effect the illness is one, whatever its condition went through on the way.
  return isBeingRemedied(node) ? afterPauseMs : Math.max(sinceMs + timeoutMs, afterPauseMs);
}

/** When the last step has had its time, too; undefined while there is something left to do. */
export function exhaustedAt(node: Node, { sinceMs }: Illness, timeoutMs: number): number | undefined {
  const done = node.status?.remediation;
  if (done === undefined || done.count < LAST_STEP) return undefined;
  return Math.max(isBeingRemedied(node) ? 0 : sinceMs, Date.parse(done.at)) + timeoutMs;
}

/** The only control plane does not leave when it is deleted, but with its cluster. */
function isLeaving(node: Node, nodes: readonly Node[]): boolean {
  if (!isDeleting(node)) return false;
  const isKept = node.spec.role === 'control-plane' && isTrue(node.status?.conditions, NodeCondition.Bootstrapped);
  return !isKept || nodes.some((one) => one.spec.role === 'control-plane' && !isDeleting(one));
}

/** Whether how a node is matters to nobody now: it is leaving, left alone, or not asked to run, or its control plane is not. */
export function isOutOfQuestion(node: Node, cluster: Cluster, nodes: readonly Node[]): boolean {
  if (isDeleting(cluster) || isLeaving(node, nodes)) return true;
  if ([node, cluster].some(isLeftAlone)) return true;
  const isAskedToRun = (one: Node): boolean => effectivePower(one, cluster) === 'Running';
  return !isAskedToRun(node) || !nodes.some((one) => one.spec.role === 'control-plane' && isAskedToRun(one));
}

/** Who asks that nothing be done about a node, however unhealthy it is; undefined: nobody. */
export function optOut(node: Node, cluster: Cluster): string | undefined {
  const asking = [node, cluster].find((object) => policyOf(object).mode === 'Disabled');
  return asking && `spec.remediation.mode of ${asking.kind} ${asking.metadata.name} is Disabled`;
}
