import type { AddressPool } from '../crds/address-pool.ts';
import type { Cluster } from '../crds/cluster.ts';
import { ClusterCondition } from '../crds/conditions.ts';
import { catalogue } from '../crds/errors.ts';
import { EventReason } from '../crds/events.ts';
import type { LoadBalancer } from '../crds/load-balancer.ts';
import type { Network } from '../crds/network.ts';
import type { Node } from '../crds/node.ts';
import type { User } from '../crds/user.ts';
import type { EventNote, EventRecorder } from './kube/events.ts';
import type { Clock } from './runtime/clock.ts';
import { findCondition, isTrue, type Condition } from './runtime/condition.ts';
import type { Metrics, Sample } from './runtime/metrics.ts';
import type { KubeObject, Stored } from './runtime/object.ts';
import type { Reflector } from './runtime/reflector.ts';
import type { TasksOptions } from './runtime/task.ts';
import { TASK } from './task-names.ts';

interface Caches {
  readonly clusters: Reflector<Stored<Cluster>>;
  readonly nodes: Reflector<Stored<Node>>;
  readonly networks: Reflector<Stored<Network>>;
  readonly users: Reflector<Stored<User>>;
  /** Absent where nothing is balanced. */
  readonly loadBalancers?: Reflector<Stored<LoadBalancer>>;
  readonly pools?: Reflector<Stored<AddressPool>>;
}

interface Conditioned extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] | undefined } | undefined;
}

const READY_BUCKETS = [5, 10, 15, 20, 25, 30, 45, 60, 90, 120, 180, 300, 600, 1800];
const TASK_BUCKETS = [1, 2.5, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1800];
/** A Ready that was set so soon after the object's creation, and has not moved since, was never True. */
const FIRST_WORD_MS = 5_000;

/**
 * What people ask of clusters and nodes, read from the caches when Prometheus asks: no call to any API, no memory of its
 * own but for which clusters were seen Ready. Series of single objects are of Clusters alone, because there are few.
 */
export class FleetMetrics {
  /** For Tasks: how long they take. */
  readonly onTaskEnd: NonNullable<TasksOptions['onEnd']>;
  readonly #clock: Clock;
  readonly #countEvent: (labels: { readonly reason: string }, by?: number) => void;
  readonly #timeToReady: (labels: { readonly cause: string }, seconds: number) => void;
  readonly #seenReady = new Set<string>();
  readonly #startedAt: number;

  constructor(metrics: Metrics, clock: Clock, caches: Caches) {
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#countEvent = metrics.count({
      name: 'qbo_events_total',
      help: 'What the operator did and found, by the reason of the event that tells of it',
      labelNames: ['reason'],
    });
    for (const reason of [...Object.keys(EventReason), ...Object.keys(catalogue)]) this.#countEvent({ reason }, 0);
    this.#timeToReady = metrics.measure(
      {
        name: 'qbo_cluster_time_to_ready_seconds',
        help: 'From creation to Ready (create), and from not Ready any more to Ready again (recovery)',
        labelNames: ['cause'],
        buckets: READY_BUCKETS,
      },
      [{ cause: 'create' }, { cause: 'recovery' }],
    );
    const taskTime = metrics.measure(
      {
        name: 'qbo_task_duration_seconds',
        help: 'How long work takes that runs beside reconciles',
        labelNames: ['task', 'result'],
        buckets: TASK_BUCKETS,
      },
      Object.values(TASK).flatMap((task) => ['succeeded', 'failed'].map((result) => ({ task, result }))),
    );
    this.onTaskEnd = (task, result, tookMs) => {
      taskTime({ task, result }, tookMs / 1000);
    };
    readConditions(metrics, caches);
    readClusters(metrics, caches);
    readPools(metrics, caches);
    caches.clusters.onChange(({ type, object }) => {
      if (type === 'deleted') this.#seenReady.delete(object.metadata.uid);
      else if (isTrue(object.status?.conditions, 'Ready')) this.#seenReady.add(object.metadata.uid);
    });
  }

  /** The same recorder, whose events are counted, also those that are told as one. */
  counting(events: EventRecorder): EventRecorder {
    return {
      record: (note) => {
        this.#countEvent({ reason: note.reason });
        if (note.reason === EventReason.ClusterReady) this.#becameReady(note);
        events.record(note);
      },
    };
  }

  #becameReady({ object }: EventNote): void {
    const { uid = '', creationTimestamp = '' } = object.metadata;
    const createdAt = Date.parse(creationTimestamp);
    const since = Date.parse(readyOf(object)?.lastTransitionTime ?? creationTimestamp);
    const isOlder = createdAt < this.#startedAt && since - createdAt > FIRST_WORD_MS;
    const isAgain = this.#seenReady.has(uid) || isOlder;
    const tookMs = this.#clock.now() - (isAgain ? since : createdAt);
    this.#timeToReady({ cause: isAgain ? 'recovery' : 'create' }, tookMs / 1000);
  }
}

const readyOf = (object: Conditioned): Condition | undefined => findCondition(object.status?.conditions, 'Ready');

function readConditions(metrics: Metrics, caches: Caches): void {
  metrics.read(
    {
      name: 'qbo_object_conditions',
      help: 'Clusters, Nodes, Networks, Users, LoadBalancers and AddressPools by what their conditions say',
      labelNames: ['kind', 'condition', 'status', 'reason'],
    },
    () => {
      const counts = new Map<string, Sample<'kind' | 'condition' | 'status' | 'reason'> & { value: number }>();
      const { clusters, nodes, networks, users, loadBalancers, pools } = caches;
      const all = [clusters, nodes, networks, users, loadBalancers, pools].flatMap<Conditioned>(
        (cache) => cache?.store.list() ?? [],
      );
      for (const { kind, status } of all) {
        for (const { type: condition, status: is, reason } of status?.conditions ?? []) {
          const id = `${kind} ${condition} ${is} ${reason}`;
          const known = counts.get(id);
          if (known === undefined) counts.set(id, { labels: { kind, condition, status: is, reason }, value: 1 });
          else known.value += 1;
        }
      }
      return counts.values();
    },
  );
}

function readClusters(metrics: Metrics, { clusters }: Caches): void {
  const labelNames = ['namespace', 'cluster'] as const;
  const read = (name: string, help: string, valueOf: (cluster: Stored<Cluster>) => number | undefined): void => {
    metrics.read({ name, help, labelNames }, () =>
      clusters.store.list().flatMap((cluster) => {
        const value = valueOf(cluster);
        return value === undefined ? [] : [{ labels: labelsOf(cluster), value }];
      }),
    );
  };
  const is = (type: string) => (cluster: Stored<Cluster>) => Number(isTrue(cluster.status?.conditions, type));
  read('qbo_cluster_ready', '1 while a Cluster is Ready', is('Ready'));
  read('qbo_cluster_available', '1 while a Cluster can be used, although perhaps not all of it', is('Available'));
  read('qbo_cluster_nodes', 'Nodes that a Cluster has', ({ status }) => status?.totalNodes);
  read('qbo_cluster_nodes_ready', 'Nodes of a Cluster that are Ready', ({ status }) => status?.readyNodes);
  read(
    'qbo_certificate_expiry_timestamp_seconds',
    'When the first of a Cluster’s certificates ends, unless it is renewed before',
    ({ status }) =>
      status?.certificatesExpire === undefined ? undefined : Date.parse(status.certificatesExpire) / 1000,
  );
  metrics.read(
    {
      name: 'qbo_cluster_info',
      help: 'Always 1: what a Cluster runs, the power that is asked for, and whether it is left alone',
      labelNames: [...labelNames, 'version', 'power', 'paused'],
    },
    () =>
      clusters.store.list().map((cluster) => ({
        labels: {
          ...labelsOf(cluster),
          version: cluster.status?.version ?? '',
          power: cluster.spec.power,
          paused: String(isTrue(cluster.status?.conditions, ClusterCondition.Paused)),
        },
        value: 1,
      })),
  );
}

const labelsOf = ({ metadata }: KubeObject): { readonly namespace: string; readonly cluster: string } => ({
  namespace: metadata.namespace ?? '',
  cluster: metadata.name,
});

function readPools(metrics: Metrics, { pools }: Caches): void {
  if (pools === undefined) return;
  const read = (name: string, help: string, valueOf: (pool: Stored<AddressPool>) => number | undefined): void => {
    metrics.read({ name, help, labelNames: ['pool'] }, () =>
      pools.store.list().flatMap((pool) => {
        const value = valueOf(pool);
        return value === undefined ? [] : [{ labels: { pool: pool.metadata.name }, value }];
      }),
    );
  };
  read('qbo_address_pool_addresses', 'Addresses that an AddressPool has', ({ status }) => status?.total);
  read('qbo_address_pool_addresses_used', 'Addresses of an AddressPool that are taken', ({ status }) => status?.used);
}
