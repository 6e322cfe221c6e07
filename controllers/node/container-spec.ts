import type { Cluster } from '../../crds/cluster.ts';
import { Label } from '../../crds/names.ts';
import type { Node } from '../../crds/node.ts';
import type { ContainerSpec } from '../backends/containers.ts';
import { idOf, labelsFor } from '../identity.ts';
import type { Stored } from '../runtime/object.ts';
import type { HostMount } from '../world.ts';

/**
 * What a node must not lose when its container is removed: container images and etcd's data, certificates and
 * kubeconfigs, and the pod network's configuration.
 */
const STATE = [
  { suffix: 'var', target: '/var' },
  { suffix: 'etc-kubernetes', target: '/etc/kubernetes' },
  { suffix: 'etc-cni', target: '/etc/cni/net.d' },
];

export interface VolumeClaim {
  readonly name: string;
  readonly target: string;
}

/** Volume names carry the id, so that a Node made anew under an old name never meets its predecessor's data. */
export const volumesOf = (node: Stored<Node>): readonly VolumeClaim[] =>
  STATE.map(({ suffix, target }) => ({ name: `${node.metadata.name}-${idOf(node).slice(0, 8)}-${suffix}`, target }));

export interface Placement {
  readonly containerName: string;
  /** Name under which kind's command line knows the cluster. */
  readonly kindName: string;
  readonly hostname: string;
  readonly image: string;
  readonly networkID: string;
  /** `picked`: by the engine, at each start. */
  readonly address: string;
  readonly instance: string;
  readonly mounts: readonly HostMount[];
}

/** Labels of a node's container and volumes. */
export function nodeLabels(node: Stored<Node>, cluster: Stored<Cluster>, instance: string): Record<string, string> {
  return { ...labelsFor(node, instance, cluster.metadata.name), [Label.role]: node.spec.role };
}

/** The container of a node. It carries kind's labels, so that kind's command line sees the cluster too. */
export function containerSpec(node: Stored<Node>, cluster: Stored<Cluster>, placement: Placement): ContainerSpec {
  return {
    owner: idOf(node),
    name: placement.containerName,
    hostname: placement.hostname,
    image: placement.image,
    labels: {
      ...nodeLabels(node, cluster, placement.instance),
      [Label.kindCluster]: placement.kindName,
      [Label.kindRole]: node.spec.role,
    },
    network: {
      id: placement.networkID,
      ...(placement.address !== 'picked' && { address: placement.address }),
    },
    volumes: volumesOf(node),
    mounts: placement.mounts,
    // kind's kubeconfig goes through a port of the host; ours goes straight to the address.
    publishOnLoopback: node.spec.role === 'control-plane' ? [6443] : [],
    // Our own image keeps packets for services that nobody translates yet from leaving the node.
    environment: { QBO_SERVICE_CIDR: cluster.spec.networking.serviceCIDR },
  };
}
