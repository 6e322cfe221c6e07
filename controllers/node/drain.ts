import type { KubeClient } from '../kube/client.ts';
import { KubeApiError } from '../kube/error.ts';
import { KubeNodeType, PodType } from '../kube/kinds.ts';
import type { KubeObject } from '../runtime/object.ts';
import { keyOf } from '../runtime/object.ts';

const MIRROR = 'kubernetes.io/config.mirror';

/**
 * Asks every pod to leave a node, as `kubectl drain` does: no new ones are placed, those of DaemonSets and the node's
 * own static pods stay. Returns the pods that have not left yet; call again until there are none. A pod that a
 * PodDisruptionBudget holds back stays in the list.
 */
export async function drain(client: KubeClient, node: string, signal: AbortSignal): Promise<string[]> {
  const found = await client.get(KubeNodeType, { namespace: '', name: node }, signal);
  if (found === undefined) return [];
  if (found.spec?.unschedulable !== true) {
    await client.mergePatch(KubeNodeType, keyOf(found), { spec: { unschedulable: true } }, signal);
  }
  const { items } = await client.list(PodType, { fieldSelector: `spec.nodeName=${node}` }, signal);
  const leaving = items.filter((pod) => mustLeave(pod) && !isOver(pod.status?.phase));
  for (const pod of leaving.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
    await evict(client, pod, signal);
  }
  return leaving.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}

async function evict(client: KubeClient, pod: KubeObject, signal: AbortSignal): Promise<void> {
  try {
    await client.evict(keyOf(pod), signal);
  } catch (error) {
    // 429: a disruption budget says not now. 404: it left by itself.
    if (!(error instanceof KubeApiError) || ![404, 429].includes(error.code)) throw error;
  }
}

const mustLeave = ({ metadata }: KubeObject): boolean =>
  metadata.annotations?.[MIRROR] === undefined &&
  metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') !== true;

const isOver = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';
