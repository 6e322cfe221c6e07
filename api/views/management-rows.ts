import type { Cluster } from '../../crds/cluster.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import type { Network } from '../../crds/network.ts';
import type { Node } from '../../crds/node.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { balancerWords, clusterWords, clusterKey, networkWords, nodeWords, orByCluster } from '../choice/objects.ts';
import { clusterRow } from '../rows/cluster.ts';
import { ipvsRows } from '../rows/ipvs.ts';
import { networkRow } from '../rows/network.ts';
import { nodeRow } from '../rows/node.ts';
import type { Owners } from '../rows/owner.ts';
import type { Follower } from './follow.ts';
import type { LiveTable } from './live-table.ts';
import type { Selection } from './selection.ts';
import { OF_CLUSTER } from './sources.ts';

export interface ManagementRowsOptions {
  readonly clusters: Follower<Cluster>;
  readonly nodes: Follower<Node>;
  /** Absent when networks are not shown. */
  readonly networks?: Follower<Network>;
  /** Absent when load balancing is not shown. */
  readonly loadBalancers?: Follower<LoadBalancer>;
  readonly table: LiveTable;
  readonly selection: Selection;
  readonly owners: Owners;
}

/** Rows that are kept as the objects are. */
export interface Shown {
  /** Takes over what nodes are known to be, ahead of the watch of them, which may lag behind another. */
  catchUp(nodes: readonly Stored<Node>[]): void;
  stop(): void;
}

/** Keeps the rows of clusters, nodes, networks and load balancing as the objects are. */
export function showManagement(options: ManagementRowsOptions): Shown {
  const { clusters, nodes, networks, loadBalancers } = options;
  const show = new ManagementRows(options);
  const stops = [
    clusters.onChange(({ type, object }) => {
      show.cluster(object, type === 'deleted');
    }),
    nodes.onChange(({ type, object }) => {
      show.node(object, type === 'deleted');
    }),
    networks?.onChange(({ type, object }) => {
      show.network(object, type === 'deleted');
    }),
    loadBalancers?.onChange(({ type, object }) => {
      show.loadBalancer(object, type === 'deleted');
    }),
  ];
  return {
    catchUp: (present) => {
      const uids = new Set(present.map(({ metadata }) => metadata.uid));
      for (const node of nodes.store.list()) if (!uids.has(node.metadata.uid)) show.node(node, true);
      for (const node of present) show.node(node, false);
    },
    stop: () => {
      for (const stop of stops) stop?.();
    },
  };
}

class ManagementRows {
  readonly #options: ManagementRowsOptions;
  /** Of each load balancer, by uid: the rows that are shown. */
  readonly #balanced = new Map<string, ReadonlySet<string>>();

  constructor(options: ManagementRowsOptions) {
    this.#options = options;
  }

  cluster(cluster: Stored<Cluster>, isGone: boolean): void {
    this.#showCluster(cluster, isGone);
    // What they show of their cluster may be another now.
    const { nodes, networks } = this.#options;
    for (const node of nodes.store.byIndex(OF_CLUSTER, keyOf(cluster))) this.#showNode(node, false);
    for (const network of networks?.store.byIndex(OF_CLUSTER, keyOf(cluster)) ?? []) this.network(network, false);
    this.#balancersOf(keyOf(cluster));
  }

  node(node: Stored<Node>, isGone: boolean): void {
    this.#showNode(node, isGone);
    this.#balancersOf(clusterKey(node));
    if (node.spec.role !== 'control-plane') return;
    const cluster = this.#clusterOf(node);
    if (cluster !== undefined) this.#showCluster(cluster, false);
  }

  network(network: Stored<Network>, isGone: boolean): void {
    const { table, selection, owners } = this.#options;
    const cluster = this.#clusterOf(network);
    if (isGone || !selection.has(networkWords(network, cluster))) table.drop('networks', network.metadata.uid);
    else table.put('networks', network.metadata.uid, networkRow(network, cluster, owners));
  }

  loadBalancer(loadBalancer: Stored<LoadBalancer>, isGone: boolean): void {
    const { table, selection, owners, nodes } = this.#options;
    const { uid } = loadBalancer.metadata;
    const cluster = this.#clusterOf(loadBalancer);
    const isShown = !isGone && selection.has(balancerWords(loadBalancer, cluster));
    const own = nodes.store.byIndex(OF_CLUSTER, clusterKey(loadBalancer));
    const rows = new Map(
      (isShown ? ipvsRows(loadBalancer, { cluster, nodes: own, owners }) : []).map((row) => [
        [uid, row.vip, row.vip_port, row.protocol, row.rip, row.rip_port].join(' '),
        row,
      ]),
    );
    for (const id of this.#balanced.get(uid) ?? []) if (!rows.has(id)) table.drop('ipvs', id);
    for (const [id, row] of rows) table.put('ipvs', id, row);
    if (rows.size === 0) this.#balanced.delete(uid);
    else this.#balanced.set(uid, new Set(rows.keys()));
  }

  /** What they show of the nodes may be another now. */
  #balancersOf(cluster: string): void {
    for (const one of this.#options.loadBalancers?.store.byIndex(OF_CLUSTER, cluster) ?? [])
      this.loadBalancer(one, false);
  }

  #showCluster(cluster: Stored<Cluster>, isGone: boolean): void {
    const { table, selection, owners, nodes } = this.#options;
    const { uid } = cluster.metadata;
    if (isGone || !selection.has(clusterWords(cluster))) table.drop('clusters', uid);
    else table.put('clusters', uid, clusterRow(cluster, firstControlPlane(nodes, cluster), owners));
  }

  #showNode(node: Stored<Node>, isGone: boolean): void {
    const { table, selection, owners } = this.#options;
    const { uid } = node.metadata;
    const cluster = this.#clusterOf(node);
    const words = orByCluster(nodeWords(node, cluster), cluster && clusterWords(cluster));
    if (isGone || !selection.has(words)) table.drop('nodes', uid);
    else table.put('nodes', uid, nodeRow(node, cluster, owners));
  }

  #clusterOf(object: Node | Network | LoadBalancer): Stored<Cluster> | undefined {
    return this.#options.clusters.store.get(clusterKey(object));
  }
}

const keyOf = ({ metadata }: Cluster): string => `${metadata.namespace ?? ''}/${metadata.name}`;

const firstControlPlane = (nodes: Follower<Node>, cluster: Cluster): Stored<Node> | undefined =>
  firstOf(nodes.store.byIndex(OF_CLUSTER, keyOf(cluster)));

/** The oldest control plane among the nodes of a cluster. */
export const firstOf = (nodes: readonly Stored<Node>[]): Stored<Node> | undefined =>
  nodes
    .filter(({ spec }) => spec.role === 'control-plane')
    .reduce<Stored<Node> | undefined>(
      (first, node) => (first === undefined || isOlder(node, first) ? node : first),
      undefined,
    );

const isOlder = ({ metadata: a }: Stored<Node>, { metadata: b }: Stored<Node>): boolean =>
  a.creationTimestamp === b.creationTimestamp ? a.name < b.name : a.creationTimestamp < b.creationTimestamp;
