import { setTimeout as delay } from 'node:timers/promises';

import { ClusterKind, type Cluster } from '../../crds/cluster.ts';
import { ClusterCondition, Reason } from '../../crds/conditions.ts';
import { findCondition, isTrue } from '../../controllers/runtime/condition.ts';
import type { ObjectKey } from '../../controllers/runtime/object.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';

const POLL_MS = 300;
/** What stands still for so long will not go on by itself. */
const STALLED_MS = 30_000;

/**
 * Waits until a Cluster is Ready, and tells each new message of its Ready condition. Throws with that message when the
 * cluster has said for half a minute that it is stalled: then it waits for a person.
 */
export async function waitForCluster(
  kube: KubeClient,
  key: ObjectKey,
  tell: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = '';
  let movedAt = performance.now();
  for (;;) {
    const cluster = await kube.get(ClusterKind, key, signal);
    const { isReady, isStalled, message } = readiness(cluster);
    if (isReady) return;
    if (message !== last) tell(message);
    last = message;
    if (!isStalled) movedAt = performance.now();
    if (performance.now() - movedAt > STALLED_MS)
      throw new Error(`Cluster ${key.name} does not become ready. ${message}`);
    await delay(POLL_MS, undefined, { signal });
  }
}

/** A renewal takes seconds. One that fails is not waited for: there are days left, and the operator tries again. */
const RENEWAL_MS = 120_000;

/** Waits for as long as a Cluster's certificates are being renewed. */
export async function waitForRenewal(
  kube: KubeClient,
  key: ObjectKey,
  tell: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const startedAt = performance.now(); performance.now() - startedAt < RENEWAL_MS;) {
    const cluster = await kube.get(ClusterKind, key, signal);
    const certificates = findCondition(cluster?.status?.conditions, ClusterCondition.CertificatesReady);
    if (certificates?.reason !== Reason.RenewingCertificates) return;
    tell(certificates.message);
    await delay(POLL_MS, undefined, { signal });
  }
}

/** What a Cluster says of itself; a Ready of an earlier generation says nothing about this one. */
export function readiness(cluster: Cluster | undefined): {
  readonly isReady: boolean;
  readonly isStalled: boolean;
  readonly message: string;
} {
  const conditions = cluster?.status?.conditions;
  const ready = findCondition(conditions, 'Ready');
  if (ready === undefined) return { isReady: false, isStalled: false, message: 'waits for the operator' };
  const isCurrent = ready.observedGeneration === cluster?.metadata.generation;
  return {
    isReady: ready.status === 'True' && isCurrent,
    isStalled: isTrue(conditions, 'Stalled'),
    message: ready.message || ready.reason,
  };
}
