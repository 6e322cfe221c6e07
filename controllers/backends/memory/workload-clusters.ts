import { parse } from 'yaml';
import type { KubeClient } from '../../kube/client.ts';
import { workloadClusters } from '../workload-clusters.ts';
import type { WorkloadClusters } from '../workload-clusters.ts';

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
}

/**
 * Clusters in memory: a kubeconfig leads to whatever `clientOf` has for its server's address (`https://172.18.0.3:6443`).
 * It should give a client that answers KubeUnreachable for an address that nobody listens on.
 */
export const memoryWorkloadClusters = (clientOf: (server: string) => KubeClient): WorkloadClusters =>
  workloadClusters({ clientOf: (kubeconfig) => clientOf(serverOf(kubeconfig)) });

/** The server of a kubeconfig's current context, or of its only cluster. Throws when there is none. */
export function serverOf(kubeconfig: string): string {
  const config = parse(kubeconfig) as Kubeconfig | null;
  const context = config?.contexts?.find(({ name }) => name === config['current-context']);
  const cluster = config?.clusters?.find(({ name }) => name === context?.context.cluster) ?? config?.clusters?.at(0);
  if (cluster === undefined) throw new Error('The kubeconfig names no cluster');
  return cluster.cluster.server;
}
