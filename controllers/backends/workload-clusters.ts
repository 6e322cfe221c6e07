import { createHash } from 'node:crypto';
import type { KubeClient } from '../kube/client.ts';

/** Ways to the API servers of the clusters that we made. Twins: `apiServerClient` behind it, or `memory/workload-clusters.ts`. */
export interface WorkloadClusters {
  /**
   * The client of the cluster that a kubeconfig leads to; costs nothing when it was asked for before. Throws when the
   * kubeconfig can not be read. Do not keep the client, and do not close it: the one that was not asked for the longest is closed
   * when there are too many.
   */
  connect(kubeconfig: string): KubeClient;
  /** Closes all clients. */
  close(): void;
}

export interface WorkloadClustersOptions {
  readonly clientOf: (kubeconfig: string) => KubeClient;
  /**
   * Clients kept; the one that was not asked for the longest goes first. Default 5,000: with fewer than there are clusters,
   * of which each is asked every half minute in turn, every question would be a new connection.
   */
  readonly limit?: number;
}

/** Who asks a cluster waits no longer, in milliseconds: it is on this host, and a frozen one must not hold up the others. */
export const WORKLOAD_PATIENCE_MS = 10_000;

export function workloadClusters({ clientOf, limit = 5_000 }: WorkloadClustersOptions): WorkloadClusters {
  /** In the order of their last use. By hash: a map of secrets would be one more place to find them in. */
  const clients = new Map<string, KubeClient>();

  return {
    connect(kubeconfig) {
      const hash = createHash('sha256').update(kubeconfig).digest('base64');
      const client = clients.get(hash) ?? clientOf(kubeconfig);
      clients.delete(hash);
      clients.set(hash, client);
      for (const [oldest, unused] of clients) {
        if (clients.size <= limit) break;
        clients.delete(oldest);
        unused.close();
      }
      return client;
    },
    close() {
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}
