import type { Cluster } from '../../crds/cluster.ts';
import { KubeApiError, KubeUnreachable } from '../../controllers/kube/error.ts';
import type { Pod, Service } from '../../controllers/kube/kinds.ts';
import { abortable } from '../../controllers/runtime/deadline.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { Choice } from '../choice/choice.ts';
import { clusterWords, orByCluster } from '../choice/objects.ts';
import { podRow, type Home } from '../rows/pod.ts';
import { serviceRows } from '../rows/service.ts';
import type { Follower } from './follow.ts';
import { isRefusal } from './follow.ts';
import type { Lease } from './shared.ts';
import { readKubeconfig } from './workload-access.ts';
import type { WorkloadRowsOptions } from './workload-rows.ts';
import { ON_NODE } from './workloads.ts';

export interface WorkloadMemberOptions extends Omit<WorkloadRowsOptions, 'clusters' | 'nodes'> {
  readonly cluster: Stored<Cluster>;
  readonly nodeState: Home['nodeState'];
}

/** What is held of a cluster while its rows are shown. */
interface Joined {
  readonly kubeconfig: string;
  readonly pods?: Lease<Follower<Pod>>;
  readonly services?: Lease<Follower<Service>>;
  readonly stops: readonly (() => void)[];
}

/** Rights come back seldom, and an administrator may look at many clusters whose kubeconfigs are not theirs. */
const RESTS = 10;

/** One cluster of a stream: reads its kubeconfig as the caller, joins the watches of it, and shows what they show. */
export class WorkloadMember {
  readonly cluster: Stored<Cluster>;
  readonly #options: WorkloadMemberOptions;
  readonly #home: Home;
  readonly #shown = { pods: new Set<string>(), services: new Set<string>() };
  #joined: Joined | undefined;
  #joining: Promise<void> | undefined;
  /** The kubeconfig is of no use, or may be of none any more: it is to be read again. */
  #isInTrouble = false;
  #hasLeft = false;
  /** How often it is not tried, after it was refused. */
  #rests = 0;

  constructor(options: WorkloadMemberOptions) {
    this.#options = options;
    this.cluster = options.cluster;
    const { namespace = '', name, uid } = options.cluster.metadata;
    this.#home = { name, id: uid, user: options.owners(namespace), nodeState: options.nodeState };
    this.retry();
  }

  get isJoined(): boolean {
    return this.#joined !== undefined;
  }

  /** Joins if that has not worked so far, and looks whether the kubeconfig is another now if the cluster does not answer. */
  retry(): void {
    if (this.#hasLeft || this.#joining !== undefined) return;
    if (this.#joined !== undefined && !this.#isInTrouble) return;
    if (this.#rests > 0) {
      this.#rests -= 1;
      return;
    }
    this.#joining = this.#join().finally(() => {
      this.#joining = undefined;
    });
  }

  async settled(signal: AbortSignal): Promise<void> {
    await abortable(this.#joining ?? Promise.resolve(), signal);
    const { pods, services } = this.#joined ?? {};
    // What it refuses to show it will not show later either.
    await Promise.allSettled([pods?.value.synced(signal), services?.value.synced(signal)]);
    signal.throwIfAborted();
  }

  nodeChanged(name: string): void {
    const pods = this.#joined?.pods;
    for (const pod of pods?.value.store.byIndex(ON_NODE, name) ?? []) this.#showPod(pod, false);
  }

  leave(): void {
    this.#hasLeft = true;
    this.#letGo();
    const { table } = this.#options;
    for (const key of ['pods', 'services'] as const) {
      for (const id of this.#shown[key]) table.drop(key, id);
      this.#shown[key].clear();
    }
  }

  /** Never rejects: what can not be had now may be had later. */
  async #join(): Promise<void> {
    const { kube, signal, log } = this.#options;
    try {
      const kubeconfig = await readKubeconfig(kube, this.cluster, signal);
      this.#isInTrouble = false;
      if (this.#hasLeft || kubeconfig === undefined || kubeconfig === this.#joined?.kubeconfig) return;
      this.#letGo();
      this.#take(kubeconfig);
    } catch (error) {
      if (isRefusal(error)) this.#rests = RESTS;
      const isOfTheWorld = error instanceof KubeUnreachable || error instanceof KubeApiError || signal.aborted;
      if (!isOfTheWorld) log.warn('A cluster could not be followed', { cluster: this.cluster.metadata.name, error });
    }
  }

  #take(kubeconfig: string): void {
    const { table, workloads } = this.#options;
    const pods = table.has('pods') ? workloads.pods(kubeconfig) : undefined;
    const services = table.has('services') ? workloads.services(kubeconfig) : undefined;
    const noteTrouble = (error: unknown): void => {
      if (isRefusal(error) || error instanceof KubeUnreachable) this.#isInTrouble = true;
    };
    this.#joined = {
      kubeconfig,
      ...(pods && { pods }),
      ...(services && { services }),
      stops: [
        pods?.value.onTrouble(noteTrouble),
        services?.value.onTrouble(noteTrouble),
        pods?.value.onChange(({ type, object }) => {
          this.#showPod(object, type === 'deleted');
        }),
        services?.value.onChange(({ type, object, old }) => {
          this.#showService(object, type === 'deleted', old);
        }),
      ].filter((stop) => stop !== undefined),
    };
  }

  #letGo(): void {
    for (const stop of this.#joined?.stops ?? []) stop();
    this.#joined?.pods?.release();
    this.#joined?.services?.release();
    this.#joined = undefined;
  }

  #showPod(pod: Stored<Pod>, isGone: boolean): void {
    const id = `${this.#home.id}/${pod.metadata.uid}`;
    const { table } = this.#options;
    if (isGone || !this.#isChosen(pod)) {
      this.#shown.pods.delete(id);
      table.drop('pods', id);
    } else {
      this.#shown.pods.add(id);
      table.put('pods', id, podRow(pod, this.#home));
    }
  }

  /** A row is a port: one that a service has no more is gone, and so are all when the service is. */
  #showService(service: Stored<Service>, isGone: boolean, old: Stored<Service> | undefined): void {
    const { table } = this.#options;
    const rows = isGone || !this.#isChosen(service) ? [] : serviceRows(service, this.#home);
    const idOf = ({ port_name, port_number, protocol }: (typeof rows)[number]): string =>
      `${this.#home.id}/${service.metadata.uid}/${port_name}/${String(port_number)}/${protocol}`;
    const ids = new Set(rows.map(idOf));
    for (const row of serviceRows(old ?? service, this.#home)) {
      const id = idOf(row);
      if (ids.has(id)) continue;
      this.#shown.services.delete(id);
      table.drop('services', id);
    }
    for (const row of rows) {
      this.#shown.services.add(idOf(row));
      table.put('services', idOf(row), row);
    }
  }

  #isChosen(object: Stored<Pod | Service>): boolean {
    return this.#options.selection.has(workloadWords(object, this.cluster));
  }
}

/** A pod or service is known by its name, alone or as `namespace/name` in its cluster, by its uid, and with its whole cluster. */
export function workloadWords(
  { metadata }: Stored<Pod | Service>,
  cluster: Stored<Cluster>,
): Omit<Choice<unknown>, 'value'> {
  const own = {
    namespace: cluster.metadata.namespace ?? '',
    words: [metadata.name],
    unique: [`${metadata.namespace ?? ''}/${metadata.name}`],
    ids: [metadata.uid],
  };
  return orByCluster(own, clusterWords(cluster));
}
