import { apiServerClient } from '../kube/api-server.ts';
import type { ClientOptions } from '../kube/api-server.ts';
import { WORKLOAD_PATIENCE_MS, workloadClusters } from './workload-clusters.ts';
import type { WorkloadClusters } from './workload-clusters.ts';

/** Ways to the real ones. */
export const apiWorkloadClusters = (options: Omit<ClientOptions, 'requestTimeoutMs'>): WorkloadClusters =>
  workloadClusters({
    clientOf: (kubeconfig) => apiServerClient({ kubeconfig }, { ...options, requestTimeoutMs: WORKLOAD_PATIENCE_MS }),
  });
