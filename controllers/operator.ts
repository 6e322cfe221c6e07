import type { Cluster } from '../crds/cluster.ts';
import { ClusterKind } from '../crds/cluster.ts';
import { NodeCondition } from '../crds/conditions.ts';
import type { Network } from '../crds/network.ts';
import { NetworkKind } from '../crds/network.ts';
import type { Node } from '../crds/node.ts';
import { NodeKind } from '../crds/node.ts';
import type { User } from '../crds/user.ts';
import { namespaceOf, UserKind } from '../crds/user.ts';
import type { Dataplane } from './backends/dataplane.ts';
import type { Prober } from './backends/prober.ts';
import { addBalancing, balancingCaches } from './balancing.ts';
import { clusterReconciler } from './cluster/reconciler.ts';
import { BY_ID, engineEvents } from './engine-events.ts';
import { FleetMetrics } from './fleet-metrics.ts';
import { idOf } from './identity.ts';
import type { ResourceType } from './kube/client.ts';
import { listerWatcher } from './kube/lister-watcher.ts';
import { managementCertificates } from './management/certificates.ts';
import { networkReconciler } from './network/reconciler.ts';
import { publishedCluster, publishingNews } from './news.ts';
import { clusterNews, comesOrGoes, controlPlaneNews, networkNews, workerNews } from './news.ts';
import { nodeReconciler } from './node/reconciler.ts';
import { Controller } from './runtime/controller.ts';
import type { Reconcile, Source } from './runtime/controller.ts';
import { findCondition } from './runtime/condition.ts';
import type { Logger } from './runtime/log.ts';
import { Manager } from './runtime/manager.ts';
import type { Election } from './runtime/manager.ts';
import type { Metrics } from './runtime/metrics.ts';
import type { KubeObject, ObjectKey, Stored } from './runtime/object.ts';
import { keyOf } from './runtime/object.ts';
import { generationOrMetadataChanged } from './runtime/predicate.ts';
import { defaultRateLimiter } from './runtime/rate-limiter.ts';
import { Reflector } from './runtime/reflector.ts';
import { Tasks } from './runtime/task.ts';
import { userReconciler } from './user/reconciler.ts';
import { BY_CLUSTER, BY_NAMESPACE, clusterIndex } from './world.ts';
import type { World } from './world.ts';

export interface OperatorOptions extends Pick<
  World,
  'kube' | 'containers' | 'workloads' | 'host' | 'clock' | 'events' | 'settings'
> {
  readonly log: Logger;
  /** What carries the traffic of load balancers. Absent: there are none, and nobody looks at AddressPools and LoadBalancers. */
  readonly dataplane?: Dataplane;
  /** Who asks members of load balancers whether they answer. Absent: nobody, and all count as well. */
  readonly prober?: Prober;
  readonly metrics?: Metrics;
  /** Absent: leads at once. */
  readonly election?: Election;
  /** In [0, 1); spreads timeouts and retries. Default Math.random. */
  readonly random?: () => number;
}

/** How many objects of a kind are worked on at once: a reconcile mostly waits for the engine. */
const CONCURRENCY = { clusters: 16, nodes: 16, networks: 4, users: 2 } as const;

/** After a long outage of the engine nothing may sleep much longer than the outage's last minute. */
const LONGEST_BACKOFF_MS = 30_000;

/** Everything that turns Clusters, Nodes and Networks into containers, and Users into rights, wired together. `start` it. */
export function operator(options: OperatorOptions): Manager {
  const { clock, log, metrics, election, containers, random = Math.random } = options;
  const reflect = <T extends KubeObject>(
    type: ResourceType<T>,
    indexes: Record<string, (object: Stored<T>) => string[]>,
  ) =>
    new Reflector<Stored<T>>({
      name: type.plural,
      source: listerWatcher(options.kube, type),
      clock,
      log,
      random,
      indexes: { [BY_ID]: (object) => [idOf(object)], ...indexes },
      ...(metrics && { metrics: metrics.reflector(type.plural) }),
    });
  const clusters = reflect<Cluster>(ClusterKind, {
    [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ''],
  });
  const nodes = reflect<Node>(NodeKind, { [BY_CLUSTER]: clusterIndex });
  const networks = reflect<Network>(NetworkKind, { [BY_CLUSTER]: clusterIndex });
  const users = reflect<User>(UserKind, { [BY_NAMESPACE]: (user) => [namespaceOf(user)] });

  const balancing = options.dataplane && balancingCaches(options.dataplane, reflect);

  const fleet = metrics && new FleetMetrics(metrics, clock, { clusters, nodes, networks, users, ...balancing });
  const tasks = new Tasks({ clock, log, ...(fleet && { onEnd: fleet.onTaskEnd }) });
  const world: World = {
    ...options,
    ...(fleet && { events: fleet.counting(options.events) }),
    tasks,
    clusters: clusters.store,
    nodes: nodes.store,
    networks: networks.store,
    users: users.store,
    ...(balancing && { balancing: balancing.stores }),
    wake: (kind, key) => {
      controllers[kind].enqueue(key);
    },
  };
  const controlled = (name: string, concurrency: number, reconcile: Reconcile, sources: Source[]): Controller =>
    new Controller({
      name,
      reconcile,
      clock,
      log,
      random,
      sources,
      concurrency,
      rateLimiter: defaultRateLimiter(clock, LONGEST_BACKOFF_MS),
      ...(metrics && { metrics: metrics.controller(name) }),
    });
  const control = (name: keyof typeof CONCURRENCY, reconcile: Reconcile, sources: Source[]): Controller =>
    controlled(name, CONCURRENCY[name], reconcile, sources);
  const siblings = ({ metadata, spec }: Node | Network): ObjectKey[] =>
    nodes.store.byIndex(BY_CLUSTER, `${metadata.namespace ?? ''}/${spec.cluster}`).map(keyOf);
  /** Who has its address leaves it without a word to anybody but the network. */
  const waitsForAddress = (key: ObjectKey): boolean =>
    findCondition(nodes.store.get(key)?.status?.conditions, NodeCondition.ContainerReady)?.reason === 'AddressTaken';
  const controllers = {
    Cluster: control('clusters', clusterReconciler(world), []),
    Node: control('nodes', nodeReconciler(world), [
      engineEvents(containers, nodes.store, (owner) =>
        networks.store.byIndex(BY_ID, owner).flatMap(siblings).filter(waitsForAddress),
      ),
    ]),
    Network: control('networks', networkReconciler(world), [engineEvents(containers, networks.store)]),
    User: control('users', userReconciler(world), []),
  };

  const ofCluster = (object: Cluster): ObjectKey[] =>
    nodes.store.byIndex(BY_CLUSTER, `${object.metadata.namespace ?? ''}/${object.metadata.name}`).map(keyOf);
  const itsCluster = ({ metadata, spec }: Node | Network): ObjectKey[] => [
    { namespace: metadata.namespace ?? '', name: spec.cluster },
  ];
  const workersOf = (object: Node): ObjectKey[] =>
    object.spec.role === 'control-plane' ? siblings(object).filter(({ name }) => name !== object.metadata.name) : [];

  const controlPlanesOf = ({ metadata, spec }: Node): ObjectKey[] =>
    spec.role === 'worker'
      ? nodes.store
          .byIndex(BY_CLUSTER, `${metadata.namespace ?? ''}/${spec.cluster}`)
          .filter((node) => node.spec.role === 'control-plane')
          .map(keyOf)
      : [];
  const inItsNamespace = ({ metadata }: Cluster): ObjectKey[] =>
    users.store.byIndex(BY_NAMESPACE, metadata.namespace ?? '').map(keyOf);

  // A change of an object's own status is its reconciler's doing and no news to it.
  controllers.Cluster.watch(clusters, (object) => [keyOf(object)], { predicate: generationOrMetadataChanged });
  controllers.Cluster.watch(nodes, itsCluster);
  controllers.Cluster.watch(networks, itsCluster);
  controllers.Node.watch(nodes, (object) => [keyOf(object)], { predicate: generationOrMetadataChanged });
  controllers.Node.watch(nodes, workersOf, { predicate: controlPlaneNews });
  controllers.Node.watch(nodes, controlPlanesOf, { predicate: workerNews });
  controllers.Node.watch(clusters, ofCluster, { predicate: clusterNews });
  controllers.Node.watch(networks, siblings, { predicate: networkNews });
  controllers.Network.watch(networks, (object) => [keyOf(object)], { predicate: generationOrMetadataChanged });
  // A Network has the name of its Cluster.
  controllers.Network.watch(nodes, itsCluster, { predicate: generationOrMetadataChanged });
  controllers.User.watch(users, (object) => [keyOf(object)], { predicate: generationOrMetadataChanged });
  controllers.User.watch(clusters, inItsNamespace, { predicate: comesOrGoes });

  const manager = new Manager({ clock, log, ...(election && { election }) });
  manager.addReflector(clusters);
  manager.addReflector(nodes);
  manager.addReflector(networks);
  manager.addReflector(users);
  for (const controller of Object.values(controllers)) manager.addController(controller);
  if (balancing !== undefined) {
    addBalancing(manager, { ...options, world, balancing, clusters, nodes, control: controlled, random });
    controllers.Cluster.watch(balancing.loadBalancers, publishedCluster, { predicate: publishingNews });
  }
  manager.addRunnable({ name: 'tasks', run: (signal) => tasks.run(signal) });
  if (options.settings.managementContainer !== undefined) manager.addRunnable(managementCertificates(options));
  return manager;
}
