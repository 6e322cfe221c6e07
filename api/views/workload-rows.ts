import type { Cluster } from '../../crds/cluster.ts';
import type { Node } from '../../crds/node.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { clusterKey, clusterWords } from '../choice/objects.ts';
import { hostNameOf } from '../rows/node.ts';
import type { Owners } from '../rows/owner.ts';
import { nodeState } from '../rows/state.ts';
import type { Follower } from './follow.ts';
import type { LiveTable } from './live-table.ts';
import type { Selection } from './selection.ts';
import { OF_CLUSTER } from './sources.ts';
import { WorkloadMember } from './workload-member.ts';
import { whyClosed } from './workload-access.ts';
import type { Workloads } from './workloads.ts';

export interface WorkloadRowsOptions {
  readonly clusters: Follower<Cluster>;
  readonly nodes: Follower<Node>;
  readonly workloads: Workloads;
  /** Acts as the caller: reads the kubeconfigs of clusters. */
  readonly kube: KubeClient;
  readonly table: LiveTable;
  readonly selection: Selection;
  readonly owners: Owners;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Keeps the rows of pods and services of all clusters that may be asked, which come and go. */
export class WorkloadRows {
  readonly #options: WorkloadRowsOptions;
  readonly #members = new Map<string, WorkloadMember>();
  readonly #stops: (() => void)[];

  constructor(options: WorkloadRowsOptions) {
    this.#options = options;
    const { clusters, nodes } = options;
    this.#stops = [
      clusters.onChange(({ type, object }) => {
        this.#consider(object, type === 'deleted');
      }),
      nodes.onChange(({ object }) => {
        this.#nodeChanged(object);
      }),
    ];
  }

  /** The clusters whose pods are shown. */
  joined(): readonly Stored<Cluster>[] {
    return [...this.#members.values()].filter(({ isJoined }) => isJoined).map(({ cluster }) => cluster);
  }

  /** Resolves when every cluster that is open now has been asked, whatever it said; a dead one leaves it waiting. */
  async settled(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => member.settled(signal)));
  }

  /** Asks again where something has not worked. */
  retry(): void {
    for (const member of this.#members.values()) member.retry();
  }

  close(): void {
    for (const stop of this.#stops) stop();
    for (const member of this.#members.values()) member.leave();
    this.#members.clear();
  }

  #consider(cluster: Stored<Cluster>, isGone: boolean): void {
    const { uid } = cluster.metadata;
    const member = this.#members.get(uid);
    const isWanted = !isGone && whyClosed(cluster) === undefined && this.#mayHold(cluster);
    if (!isWanted) {
      member?.leave();
      this.#members.delete(uid);
    } else if (member === undefined) {
      const joining = new WorkloadMember({
        ...this.#options,
        cluster,
        nodeState: (node) => this.#stateOf(cluster, node),
      });
      this.#members.set(uid, joining);
    } else {
      member.retry();
    }
  }

  /** Names may all be of clusters, and then of others than this one. */
  #mayHold(cluster: Stored<Cluster>): boolean {
    const { selection, clusters } = this.#options;
    return selection.has(clusterWords(cluster)) || selection.meansMoreThan(clusters.store.list().map(clusterWords));
  }

  #nodeChanged(node: Stored<Node>): void {
    const cluster = this.#options.clusters.store.get(clusterKey(node));
    if (cluster !== undefined) this.#members.get(cluster.metadata.uid)?.nodeChanged(hostNameOf(node, cluster));
  }

  #stateOf(cluster: Stored<Cluster>, name: string): string {
    const { namespace = '', name: clusterName } = cluster.metadata;
    const nodes = this.#options.nodes.store.byIndex(OF_CLUSTER, `${namespace}/${clusterName}`);
    const node = nodes.find((candidate) => hostNameOf(candidate, cluster) === name);
    return node === undefined ? '' : nodeState(node);
  }
}
