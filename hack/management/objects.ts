import { ClusterKind, clusterSchema, type Cluster } from '../../crds/cluster.ts';
import { Annotation, API_VERSION } from '../../crds/names.ts';
import { NetworkKind, type Network } from '../../crds/network.ts';
import { NodeKind, type Node } from '../../crds/node.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { stableUid, type Instance } from './instance.ts';

export const NAMESPACE = 'qbo-system';

/** The management cluster as objects of our own API: one control plane that takes pods, in a network of its own. */
export interface ManagementObjects {
  readonly network: Network;
  readonly node: Node;
  readonly cluster: Cluster;
}

/**
 * Declared by hand and in whole, so that names are as people expect them (the container is called like its Node), and
 * with identities that every run gives again: the objects are forgotten at the end of a run, the containers stay.
 */
export function managementObjects({ name, management }: Instance, image?: string): ManagementObjects {
  const metadata = (kind: string) => ({
    name: management,
    namespace: NAMESPACE,
    annotations: { [Annotation.id]: stableUid(name, kind) },
  });
  const { spec } = clusterSchema.parse({
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: { name: management },
    spec: { workers: 0, ...(image === undefined ? {} : { image }) },
  });
  return {
    network: { apiVersion: API_VERSION, kind: 'Network', metadata: metadata('Network'), spec: { cluster: management } },
    node: {
      apiVersion: API_VERSION,
      kind: 'Node',
      metadata: metadata('Node'),
      spec: { cluster: management, role: 'control-plane', power: 'Running', remediation: { mode: 'Disabled' } },
    },
    cluster: { apiVersion: API_VERSION, kind: 'Cluster', metadata: metadata('Cluster'), spec },
  };
}

/** Children first: the Cluster's reconciler then finds them, and makes none of its own. */
export async function createObjects(kube: KubeClient, objects: ManagementObjects, signal: AbortSignal): Promise<void> {
  await kube.create(NetworkKind, objects.network, signal);
  await kube.create(NodeKind, objects.node, signal);
  await kube.create(ClusterKind, objects.cluster, signal);
}
