import type { Cluster } from '../../crds/cluster.ts';
import { GROUP } from '../../crds/names.ts';
import type { ClientsAs } from '../../controllers/kube/impersonation.ts';
import { pause, type Clock } from '../../controllers/runtime/clock.ts';
import { Deadline, DeadlineExceeded } from '../../controllers/runtime/deadline.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { Caller } from '../caller.ts';
import type { Watch } from '../commands/index.ts';
import { failureOf } from '../refusal.ts';
import { Failure } from '../failure.ts';
import { ownersOf, type Owner } from '../rows/owner.ts';
import type { Follower } from './follow.ts';
import { LiveTable, type LiveKey } from './live-table.ts';
import { showManagement } from './management-rows.ts';
import { readableSecrets, selfReview, type Deed, type Review } from './rights.ts';
import { Selection } from './selection.ts';
import type { Lease } from './shared.ts';
import { CallerSources } from './sources.ts';
import { WorkloadRows } from './workload-rows.ts';
import { kubeconfigKey } from './workload-access.ts';
import type { Workloads } from './workloads.ts';

export interface ViewsOptions {
  readonly management: ClientsAs;
  readonly workloads: Workloads;
  readonly clock: Clock;
  readonly log: Logger;
  /** How the API server is asked for a right; a test may answer itself. */
  readonly review?: Review;
}

/** What somebody wants to see. */
export interface ViewRequest {
  readonly keys: readonly LiveKey[];
  /** Objects, or clusters whose objects are meant; none: all of them. */
  readonly names: readonly string[];
  /** Of the caller's own namespace alone, or wherever they may see them. */
  readonly where: 'own' | 'visible';
  /** Other people with a namespace, as far as the caller may know them. */
  readonly others: readonly Owner[];
}

/** How often rights are asked for while a stream goes on: so long one that was revoked still shows something. */
const REVIEW_MS = 3_000;
const FIRST_LIST_MS = 10_000;
/** A cluster that has not answered by then comes when it answers. */
const FIRST_WORKLOADS_MS = 2_000;

/** Streams of rows that change, of what their callers may see. Nothing is left of one when its signal has aborted. */
export class Views {
  readonly #options: ViewsOptions;
  readonly #sources: CallerSources;

  constructor(options: ViewsOptions) {
    this.#options = options;
    this.#sources = new CallerSources(options);
  }

  /** Followers that are open now, for all callers. */
  get size(): number {
    return this.#sources.size;
  }

  close(): void {
    this.#sources.close();
  }

  /** Resolves when the first rows are there. Throws Failure when the caller may not see them, or nobody answers. */
  async watch(request: ViewRequest, caller: Caller, signal: AbortSignal): Promise<Watch> {
    const end = new AbortController();
    const view = new View(this.#options, this.#sources, { request, caller, signal: end.signal });
    const stop = (): void => {
      end.abort(signal.reason);
      view.close();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    try {
      await view.open();
      return view;
    } catch (error) {
      signal.removeEventListener('abort', stop);
      stop();
      throw error;
    }
  }
}

interface Task {
  readonly request: ViewRequest;
  readonly caller: Caller;
  /** Aborts when the stream ends, for whatever reason. */
  readonly signal: AbortSignal;
}

class View implements Watch {
  readonly key: string;
  readonly #options: ViewsOptions;
  readonly #sources: CallerSources;
  readonly #task: Task;
  readonly #table: LiveTable;
  readonly #closing: (() => void)[] = [];
  #workloads: WorkloadRows | undefined;

  constructor(options: ViewsOptions, sources: CallerSources, task: Task) {
    const { keys, names, where } = task.request;
    this.key = [keys.join('+'), where, ...[...names].sort()].join(' ');
    this.#options = options;
    this.#sources = sources;
    this.#task = task;
    this.#table = new LiveTable(keys);
  }

  snapshot(): ReturnType<Watch['snapshot']> {
    return this.#table.snapshot();
  }

  changes(signal: AbortSignal): ReturnType<Watch['changes']> {
    return this.#table.changes(AbortSignal.any([signal, this.#task.signal]));
  }

  close(): void {
    for (const close of this.#closing.splice(0).reverse()) close();
  }

  async open(): Promise<void> {
    const { caller, signal } = this.#task;
    const namespace = await this.#namespace();
    await this.#requireRights(namespace);
    const clusters = this.#hold(this.#sources.clusters(caller.impersonate, namespace));
    const nodes = this.#hold(this.#sources.nodes(caller.impersonate, namespace));
    const networks = this.#table.has('networks')
      ? this.#hold(this.#sources.networks(caller.impersonate, namespace))
      : undefined;
    const loadBalancers = this.#table.has('ipvs')
      ? this.#hold(this.#sources.loadBalancers(caller.impersonate, namespace))
      : undefined;
    await this.#synced([clusters, nodes, networks, loadBalancers].filter((one) => one !== undefined));
    this.#show({ clusters, nodes, ...(networks && { networks }), ...(loadBalancers && { loadBalancers }) });
    await this.#firstWorkloads();
    void this.#guard(namespace, signal);
  }

  /** undefined: all of them. */
  async #namespace(): Promise<string | undefined> {
    const { request, caller } = this.#task;
    if (request.where === 'own') return caller.namespace;
    return (await this.#may(deed('clusters', undefined))) ? undefined : caller.namespace;
  }

  #show(sources: Omit<Parameters<typeof showManagement>[0], 'table' | 'selection' | 'owners'>): void {
    const { workloads, log } = this.#options;
    const { request, caller, signal } = this.#task;
    const shared = {
      ...sources,
      table: this.#table,
      selection: new Selection(request.names, caller.namespace),
      owners: ownersOf([...request.others, caller]),
    };
    const management = showManagement(shared);
    this.#closing.push(() => {
      management.stop();
    });
    if (!this.#table.has('pods') && !this.#table.has('services')) return;
    const rows = new WorkloadRows({ ...shared, workloads, kube: this.#kube(), log, signal });
    this.#workloads = rows;
    this.#closing.push(() => {
      rows.close();
    });
  }

  async #firstWorkloads(): Promise<void> {
    const { clock } = this.#options;
    const deadline = new Deadline(clock, FIRST_WORKLOADS_MS, 'Not all clusters have answered', this.#task.signal);
    try {
      await this.#workloads?.settled(deadline.signal);
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
    } finally {
      deadline.clear();
    }
  }

  async #synced(followers: readonly Pick<Follower<Stored<Cluster>>, 'synced' | 'onRefusal'>[]): Promise<void> {
    const { clock } = this.#options;
    const message = 'The API server has not shown what there is within 10 s';
    const deadline = new Deadline(clock, FIRST_LIST_MS, message, this.#task.signal);
    try {
      await Promise.all(followers.map((follower) => follower.synced(deadline.signal)));
    } catch (error) {
      if (error instanceof DeadlineExceeded) throw new Failure(504, `${message}. Try again.`, error);
      throw failureOf(error, 'What you want to watch');
    } finally {
      deadline.clear();
    }
    for (const follower of followers)
      this.#closing.push(
        follower.onRefusal((error) => {
          this.#table.fail(failureOf(error, 'What you watch'));
        }),
      );
  }

  /** Ends the stream when a right that it rests on is gone. While nobody can say, nothing changes. */
  async #guard(namespace: string | undefined, signal: AbortSignal): Promise<void> {
    while (await pause(this.#options.clock, REVIEW_MS, signal)) {
      try {
        await this.#requireRights(namespace);
        await this.#requireSecrets();
        this.#workloads?.retry();
      } catch (error) {
        if (signal.aborted) return;
        const isAnswer = error instanceof Failure && error.code < 500;
        if (isAnswer) {
          this.#table.fail(error);
          this.close();
          return;
        }
      }
    }
  }

  async #requireRights(namespace: string | undefined): Promise<void> {
    const more = [this.#table.has('networks') && 'networks', this.#table.has('ipvs') && 'loadbalancers'];
    const needed = ['clusters', 'nodes', ...more.filter((resource) => resource !== false)];
    const allowed = await Promise.all(needed.map((resource) => this.#may(deed(resource, namespace))));
    const refused = needed.find((_, index) => allowed[index] === false);
    if (refused === undefined) return;
    const where = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`;
    throw new Failure(
      403,
      `You may not watch ${refused} ${where}, as ${this.#task.caller.impersonate.user}. Ask an administrator for the right.`,
    );
  }

  async #requireSecrets(): Promise<void> {
    const secrets = (this.#workloads?.joined() ?? []).map((cluster) => ({ ...kubeconfigKey(cluster), cluster }));
    const readable = new Set(await readableSecrets((asked) => this.#may(asked), secrets));
    const refused = secrets.find((secret) => !readable.has(secret));
    if (refused === undefined) return;
    const { name } = refused.cluster.metadata;
    throw new Failure(
      403,
      `You may not see any more what is in cluster ${name}: its Secret ${refused.name} may not be read. Ask an administrator for the right.`,
    );
  }

  async #may(asked: Deed): Promise<boolean> {
    const { review = selfReview } = this.#options;
    try {
      return await review(this.#kube(), asked, this.#task.signal);
    } catch (error) {
      throw failureOf(error, 'Your rights');
    }
  }

  #kube(): ReturnType<ClientsAs['as']> {
    return this.#options.management.as(this.#task.caller.impersonate);
  }

  #hold<T>(lease: Lease<T>): T {
    this.#closing.push(() => {
      lease.release();
    });
    return lease.value;
  }
}

const deed = (resource: string, namespace: string | undefined): Deed => ({
  group: GROUP,
  resource,
  verb: 'watch',
  ...(namespace !== undefined && { namespace }),
});
