/**
 * Where a race ends: all nodes are Ready and DNS is available. One and the same poller looks at every contender's cluster,
 * from outside and with the cluster's own kubeconfig, so that nobody's idea of ready counts.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { apiServerClient } from '../../controllers/kube/api-server.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { DeploymentType, KubeNodeType, type CoreCondition } from '../../controllers/kube/kinds.ts';

const EVERY_MS = 100;
const LIMIT_MS = 300_000;
const COREDNS = { namespace: 'kube-system', name: 'coredns' };

/** Moments, in milliseconds of performance.now(). */
export interface Finish {
  readonly apiAnswered: number;
  readonly firstNodeReady: number;
  readonly allNodesReady: number;
  readonly dnsAvailable: number;
  /** The later of the last two. */
  readonly finished: number;
}

/** `kubeconfig` gives undefined for as long as there is none. Rejects after five minutes, saying what was missing. */
export async function awaitFinish(
  nodes: number,
  kubeconfig: () => Promise<string | undefined>,
  startedAt = performance.now(),
): Promise<Finish> {
  const text = await every(startedAt, 'its kubeconfig', kubeconfig);
  const client = apiServerClient({ kubeconfig: text });
  try {
    return await watchFinish(client, nodes, startedAt);
  } finally {
    client.close();
  }
}

async function watchFinish(client: KubeClient, nodes: number, startedAt: number): Promise<Finish> {
  const seen: { -readonly [K in keyof Finish]?: Finish[K] } = {};
  return every(startedAt, `${String(nodes)} Ready nodes and CoreDNS`, async () => {
    const [ready, hasDNS] = await Promise.all([readyNodes(client), isDNSAvailable(client)]);
    const now = performance.now();
    seen.apiAnswered ??= now;
    if (ready > 0) seen.firstNodeReady ??= now;
    if (ready >= nodes) seen.allNodesReady ??= now;
    if (hasDNS) seen.dnsAvailable ??= now;
    return ready >= nodes && hasDNS ? ({ ...seen, finished: now } as Finish) : undefined;
  });
}

async function readyNodes(client: KubeClient): Promise<number> {
  const { items } = await client.list(KubeNodeType, {}, AbortSignal.timeout(5_000));
  return items.filter(({ status }) => isTrue(status?.conditions, 'Ready')).length;
}

async function isDNSAvailable(client: KubeClient): Promise<boolean> {
  const deployment = await client.get(DeploymentType, COREDNS, AbortSignal.timeout(5_000));
  return isTrue(deployment?.status?.conditions, 'Available');
}

const isTrue = (conditions: readonly CoreCondition[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

async function every<T>(startedAt: number, what: string, look: () => Promise<T | undefined>): Promise<T> {
  let last = '';
  while (performance.now() - startedAt < LIMIT_MS) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      // A server that is just starting refuses, or does not know the kind yet.
      last = error instanceof Error ? error.message : String(error);
    }
    await delay(EVERY_MS);
  }
  throw new Error(`Not within ${String(LIMIT_MS / 1000)} s: ${what}. ${last}`);
}
