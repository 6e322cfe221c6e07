import type { Cluster } from '../../crds/cluster.ts';
import { Label } from '../../crds/names.ts';
import type { Node } from '../../crds/node.ts';
import type { ContainerSpec, Resources } from '../backends/containers.ts';
import { idOf, labelsFor } from '../identity.ts';
import { writeRecipe } from './recipe.ts';
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

const RUNTIME = { infix: 'containerd', target: '/var/lib/containerd' } as const;

/**
 * A node that was replaced has its container runtime's store on a volume of its own, over the one that may be broken: the
 * engine fills it from the image. `atMs`, Unix time, is when that was decided, so that the newest is known by its name.
 */
export const runtimeVolumeName = (node: Stored<Node>, atMs: number): string =>
  `${node.metadata.name}-${idOf(node).slice(0, 8)}-${RUNTIME.infix}-${String(Math.floor(atMs / 1000))}`;

/** Of the volumes that a node has, those of its runtime's store: the newest is the one to use. */
export function runtimeVolumes(volumes: readonly { readonly name: string }[]): {
  readonly current: VolumeClaim | undefined;
  readonly outdated: readonly string[];
} {
  const names = volumes.map(({ name }) => name).filter((name) => new RegExp(`-${RUNTIME.infix}-\\d+$`).test(name));
  const [newest, ...outdated] = names.sort().reverse();
  return { current: newest === undefined ? undefined : { name: newest, target: RUNTIME.target }, outdated };
}

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
  /** Besides those that every node has. */
  readonly extraVolumes: readonly VolumeClaim[];
  readonly resources: Resources;
}

/** Labels of a node's container and volumes. */
export function nodeLabels(node: Stored<Node>, cluster: Stored<Cluster>, instance: string): Record<string, string> {
  return { ...labelsFor(node, instance, cluster.metadata.name), [Label.role]: node.spec.role };
}

/** What the volumes of a node carry: all that is needed to make it anew when nothing else is left. */
export function volumeLabels(
  node: Stored<Node>,
  cluster: Stored<Cluster>,
  placement: Placement,
): Record<string, string> {
  const { kindName, hostname, address, image, instance } = placement;
  const { podCIDR, serviceCIDR } = cluster.spec.networking;
  const recipe = { kindName, hostname, image, podCIDR, serviceCIDR, ...(address !== 'picked' && { address }) };
  return { ...nodeLabels(node, cluster, instance), [Label.recipe]: writeRecipe(recipe) };
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
    volumes: [...volumesOf(node), ...placement.extraVolumes],
    resources: placement.resources,
    mounts: placement.mounts,
    // kind's kubeconfig goes through a port of the host; ours goes straight to the address.
    publishOnLoopback: node.spec.role === 'control-plane' ? [6443] : [],
    // Our own image keeps packets for services that nobody translates yet from leaving the node.
    environment: { QBO_SERVICE_CIDR: cluster.spec.networking.serviceCIDR },
  };
}
