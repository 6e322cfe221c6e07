import type { AddressPool } from '../crds/address-pool.ts';
import type { Cluster } from '../crds/cluster.ts';
import type { LoadBalancer } from '../crds/load-balancer.ts';
import type { Network } from '../crds/network.ts';
import type { Node } from '../crds/node.ts';
import type { User } from '../crds/user.ts';
import type { Containers } from './backends/containers.ts';
import type { Host } from './backends/host.ts';
import type { Prober } from './backends/prober.ts';
import type { WorkloadClusters } from './backends/workload-clusters.ts';
import type { KubeClient } from './kube/client.ts';
import type { EventRecorder } from './kube/events.ts';
import type { Clock } from './runtime/clock.ts';
import type { KubeObject, ObjectKey, Stored } from './runtime/object.ts';
import type { ReadonlyStore } from './runtime/store.ts';
import type { Tasks } from './runtime/task.ts';
import type { BridgeAddress } from './user/command-line.ts';

/** A host path that a node's container gets to see. */
export interface HostMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface Settings {
  /** Which installation this is: label `qbo.io/instance` of everything that it makes. */
  readonly instance: string;
  /** IPv4 CIDRs that clusters' subnets are cut from, in order. */
  readonly subnetPools: readonly string[];
  /** Name of the container that the operator runs in; it is attached to every cluster's network. */
  readonly managementContainer?: string;
  /** IPv4 CIDRs that the Docker networks of AddressPools are cut from, in order. Default 172.31.255.0/24 and blocks before it. */
  readonly poolSubnets?: readonly string[];
  /** Image to pull when a Cluster names none and the engine has no node image. */
  readonly defaultImage?: string;
  /** Where people find the bridge. Default localhost:9601. */
  readonly bridge?: BridgeAddress;
  /** Extra host paths of one node. */
  readonly mountsFor?: (node: Node) => readonly HostMount[];
}

/** Caches of what is about load balancing. */
export interface Balancing {
  /** With the indexes `cluster`, `address` and `pool`. */
  readonly loadBalancers: ReadonlyStore<Stored<LoadBalancer>>;
  readonly pools: ReadonlyStore<Stored<AddressPool>>;
}

/** Everything that reconcilers look at and act on. The one way to the outside: nothing else is reached for. */
export interface World {
  readonly kube: KubeClient;
  readonly containers: Containers;
  readonly workloads: WorkloadClusters;
  readonly host: Host;
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly events: EventRecorder;
  readonly settings: Settings;
  /** Caches of the management API. Nodes and networks have the index `cluster`, clusters `namespace`. */
  readonly clusters: ReadonlyStore<Stored<Cluster>>;
  readonly nodes: ReadonlyStore<Stored<Node>>;
  readonly networks: ReadonlyStore<Stored<Network>>;
  readonly users: ReadonlyStore<Stored<User>>;
  /** Absent where nothing is balanced: while a management cluster is brought up. */
  readonly balancing?: Balancing;
  /** Absent: nobody is asked whether he answers, and all count as if they did. */
  readonly prober?: Prober;
  /** Makes a reconciler look at an object again: for tasks that have settled. */
  readonly wake: (kind: 'Cluster' | 'Node' | 'Network', key: ObjectKey) => void;
}

/** Name of the index of Nodes and Networks by the Cluster that they name: `namespace/cluster`. */
export const BY_CLUSTER = 'cluster';

export const clusterIndex = (object: Node | Network): string[] => [
  `${object.metadata.namespace ?? ''}/${object.spec.cluster}`,
];

/** Name of the index of Clusters by their namespace. */
export const BY_NAMESPACE = 'namespace';

export const clusterOf = (world: World, object: Node | Network): Stored<Cluster> | undefined =>
  world.clusters.get({ namespace: object.metadata.namespace ?? '', name: object.spec.cluster });

export const nodesOf = (world: World, cluster: KubeObject): readonly Stored<Node>[] =>
  world.nodes.byIndex(BY_CLUSTER, `${cluster.metadata.namespace ?? ''}/${cluster.metadata.name}`);

/** A cluster has one Network, of its own name. */
export const networkOf = (world: World, cluster: KubeObject): Stored<Network> | undefined =>
  world.networks.get({ namespace: cluster.metadata.namespace ?? '', name: cluster.metadata.name });

/** A status under construction: what the contract shows as read-only, its reconciler may write. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };
