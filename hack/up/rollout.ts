import { setTimeout as delay } from 'node:timers/promises';

import type { KubeClient } from '../../controllers/kube/client.ts';
import { DeploymentType, LeaseType, PodType, type Deployment, type Pod } from '../../controllers/kube/kinds.ts';
import { NAMESPACE } from '../management/objects.ts';

const NAME = 'qbo-operator';
const POLL_MS = 200;
const LIMIT_MS = 120_000;
const LOG_LINES = 20;

/**
 * Waits until the operator's Deployment runs its newest pod and that one is at work. Throws, with what the pod waits for
 * and the end of its log, when it is not within two minutes.
 */
export async function waitForOperator(
  kube: KubeClient,
  tell: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  const before = await renewedAt(kube, signal);
  for (;;) {
    const deployment = await kube.get(DeploymentType, { namespace: NAMESPACE, name: NAME }, signal);
    const isRunning = deployment !== undefined && isRolledOut(deployment);
    // A node that was just started shows its pods as they were before. Only a leader that is alive renews its lease.
    if (isRunning && (await renewedAt(kube, signal)) !== before) return;

    const pod = await newestPod(kube, signal);
    const state = isRunning ? 'waits for its turn to lead' : stateOf(pod);
    tell(state);
    if (performance.now() > deadline) {
      const log = pod === undefined ? '' : await logOf(kube, pod, signal);
      throw new Error(`The operator is not at work after two minutes: ${state}.${log}`);
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

/** When the leader last said that it leads; undefined while nobody ever did. */
async function renewedAt(kube: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  const lease = await kube.get(LeaseType, { namespace: NAMESPACE, name: NAME }, signal);
  return lease?.spec?.renewTime;
}

/** As `kubectl rollout status` sees it: the newest template everywhere, available, and nothing of the old one left. */
export function isRolledOut({ metadata, spec, status = {} }: Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
  return isSeen && counts.every((count = 0) => count === wanted);
}

async function newestPod(kube: KubeClient, signal: AbortSignal): Promise<Pod | undefined> {
  const labelSelector = `app.kubernetes.io/name=${NAME}`;
  const { items } = await kube.list(PodType, { namespace: NAMESPACE, labelSelector }, signal);
  return items.reduce<(typeof items)[number] | undefined>(
    (newest, pod) =>
      newest === undefined || pod.metadata.creationTimestamp > newest.metadata.creationTimestamp ? pod : newest,
    undefined,
  );
}

function stateOf(pod: Pod | undefined): string {
  if (pod === undefined) return 'its pod is not made yet';
  const { conditions = [], containerStatuses: [container] = [] } = pod.status ?? {};
  const { waiting, terminated } = container?.state ?? {};
  if (waiting !== undefined) return Object.values(waiting).join(': ');
  if (terminated !== undefined) return `its process ended with ${String(terminated.exitCode)}`;
  return conditions.find(({ status }) => status !== 'True')?.message ?? 'its pod is starting';
}

/** The present run's log, or the last one's when that is empty. */
async function logOf(kube: KubeClient, { metadata: { name } }: Pod, signal: AbortSignal): Promise<string> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}/log?tailLines=${String(LOG_LINES)}`;
  // No log is no reason to hide why it was wanted.
  const read = (more: string): Promise<string> => kube.raw(`${path}${more}`, signal).catch(() => '');
  const log = (await read('')) || (await read('&previous=true'));
  const where = `kubectl -n ${NAMESPACE} describe pod ${name}`;
  return log === '' ? ` See: ${where}` : ` The end of its log:\n${log.trimEnd()}`;
}
