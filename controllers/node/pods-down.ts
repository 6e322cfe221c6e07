import { NodeCondition, Reason } from '../../crds/conditions.ts';
import { clusterAccess } from '../access.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeApiError, KubeUnreachable } from '../kube/error.ts';
import { PodType } from '../kube/kinds.ts';
import type { Pod } from '../kube/kinds.ts';
import { controlPlanePower } from '../power.ts';
import { inSeconds } from '../runtime/clock.ts';
import { isTrue } from '../runtime/condition.ts';
import type { Condition } from '../runtime/condition.ts';
import { Deadline, DeadlineExceeded } from '../runtime/deadline.ts';
import type { Stored } from '../runtime/object.ts';
import { nodesOf } from '../world.ts';
import { hostnameOf } from './scope.ts';
import type { NodeScope } from './scope.ts';

/** Mending the node does not wait longer than this for a cluster to listen. */
const PATIENCE_MS = 2_000;

/**
 * Tells the cluster that the pods of a node that does not run are not ready. It would find out by itself once the kubelet has been
 * silent for 50 s, and its Services would lead clients to them until then. Their kubelet corrects it when it runs again. A cluster
 * that can not be asked is not told: it is its own controllers' business in the end. Returns of how many pods it was news.
 */
export async function tellPodsAreDown(scope: NodeScope): Promise<number> {
  const { object, cluster, world, signal, log } = scope;
  if (cluster === undefined || !isMissed(scope)) return 0;
  const message = `No answer within ${String(PATIENCE_MS / 1000)} s`;
  const deadline = new Deadline(world.clock, PATIENCE_MS, message, signal);
  try {
    const access = await clusterAccess(world, cluster, deadline.signal);
    if (access === undefined) return 0;
    const said = `Node ${object.metadata.name} does not run`;
    const lastTransitionTime = inSeconds(world.clock.now());
    const word: Word = { type: 'Ready', status: 'False', reason: Reason.NodeDown, message: said, lastTransitionTime };
    return await sayOfAll(access.client, { hostname: hostnameOf(object, cluster), word }, deadline.signal);
  } catch (error) {
    if (signal.aborted || !isOfTheCluster(error)) throw error;
    log.debug('The cluster was not told that the pods of a node are down', { error });
    return 0;
  } finally {
    deadline.clear();
  }
}

/** Whether it is a node of a cluster that goes on without it. */
export function isMissed({ object, cluster, world }: NodeScope): boolean {
  if (object.spec.role !== 'worker' || !isTrue(object.status?.conditions, NodeCondition.Bootstrapped)) return false;
  return cluster !== undefined && controlPlanePower(nodesOf(world, cluster), cluster) === 'Running';
}

type Word = Omit<Condition, 'observedGeneration'>;

async function sayOfAll(
  client: KubeClient,
  { hostname, word }: { readonly hostname: string; readonly word: Word },
  signal: AbortSignal,
): Promise<number> {
  const { items } = await client.list(PodType, { fieldSelector: `spec.nodeName=${hostname}` }, signal);
  const ready = items.filter(isCalledReady);
  await Promise.all(ready.map((pod) => sayOf(client, pod, word, signal)));
  return ready.length;
}

const isCalledReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;

async function sayOf(client: KubeClient, { metadata }: Stored<Pod>, word: Word, signal: AbortSignal): Promise<void> {
  const { apiVersion, kind } = PodType;
  const { name, namespace = '' } = metadata;
  await client.apply(
    PodType,
    { apiVersion, kind, metadata: { name, namespace }, status: { conditions: [word] } },
    { fieldManager: 'qbo-node', subresource: 'status' },
    signal,
  );
}

const isOfTheCluster = (error: unknown): boolean =>
  error instanceof KubeApiError || error instanceof KubeUnreachable || error instanceof DeadlineExceeded;
