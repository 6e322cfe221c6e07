import { isDeepStrictEqual } from 'node:util';
import type { AddressPool } from '../crds/address-pool.ts';
import { AddressPoolKind } from '../crds/address-pool.ts';
import type { Cluster } from '../crds/cluster.ts';
import { ClusterCondition, LoadBalancerCondition, NodeCondition } from '../crds/conditions.ts';
import type { LoadBalancer } from '../crds/load-balancer.ts';
import { LoadBalancerKind } from '../crds/load-balancer.ts';
import { Label } from '../crds/names.ts';
import type { Node } from '../crds/node.ts';
import { addressPoolReconciler } from './addresspool/reconciler.ts';
import type { Dataplane } from './backends/dataplane.ts';
import type { Prober } from './backends/prober.ts';
import { engineEvents } from './engine-events.ts';
import type { ResourceType } from './kube/client.ts';
import { AddressBook } from './loadbalancer/book.ts';
import { partOf } from './loadbalancer/desired.ts';
import { ForeignAddresses } from './loadbalancer/foreign.ts';
import { HealthChecks } from './loadbalancer/health.ts';
import { addressIndex, BY_ADDRESS, BY_POOL, clusterIndexOf, poolIndex } from './loadbalancer/indexes.ts';
import { loadBalancerReconciler } from './loadbalancer/reconciler.ts';
import { DataplaneReport } from './loadbalancer/report.ts';
import { dataplaneEvents, dataplaneSync, HOST } from './loadbalancer/sync.ts';
import { publishedCluster } from './news.ts';
import { findCondition, isTrue } from './runtime/condition.ts';
import type { Controller, Reconcile, Source } from './runtime/controller.ts';
import { isSameJson } from './runtime/json.ts';
import type { KubeObject, ObjectKey, Stored } from './runtime/object.ts';
import { keyOf } from './runtime/object.ts';
import { generationOrMetadataChanged } from './runtime/predicate.ts';
import type { Manager } from './runtime/manager.ts';
import type { Predicate } from './runtime/predicate.ts';
import type { Reflector } from './runtime/reflector.ts';
import type { Logger } from './runtime/log.ts';
import { clientOf, serviceReconciler } from './service/reconciler.ts';
import { ServiceWatches } from './service/watches.ts';
import { BY_CLUSTER } from './world.ts';
import type { Balancing, World } from './world.ts';

export type Reflect = <T extends KubeObject>(
  type: ResourceType<T>,
  indexes: Record<string, (object: Stored<T>) => string[]>,
) => Reflector<Stored<T>>;

export type Control = (name: string, concurrency: number, reconcile: Reconcile, sources: Source[]) => Controller;

/** What carries the traffic, and the caches of what is about it. */
export interface BalancingCaches {
  readonly dataplane: Dataplane;
  readonly loadBalancers: Reflector<Stored<LoadBalancer>>;
  readonly pools: Reflector<Stored<AddressPool>>;
  readonly stores: Balancing;
}

/** Apart from what works with them: the reconcilers of others look into them too. */
export function balancingCaches(dataplane: Dataplane, reflect: Reflect): BalancingCaches {
  const loadBalancers = reflect<LoadBalancer>(LoadBalancerKind, {
    [BY_CLUSTER]: clusterIndexOf,
    [BY_ADDRESS]: addressIndex,
    [BY_POOL]: poolIndex,
  });
  const pools = reflect<AddressPool>(AddressPoolKind, {});
  return { dataplane, loadBalancers, pools, stores: { loadBalancers: loadBalancers.store, pools: pools.store } };
}

interface Parts {
  readonly world: World;
  readonly balancing: BalancingCaches;
  readonly clusters: Reflector<Stored<Cluster>>;
  readonly nodes: Reflector<Stored<Node>>;
  /** Absent: nobody asks members whether they answer. */
  readonly prober?: Prober;
  readonly control: Control;
  readonly log: Logger;
  readonly random: () => number;
}

/** What of a Node decides whether it is a member. */
const membership: Predicate<Stored<Node>> = ({ object, old }) =>
  old === undefined || !isDeepStrictEqual(memberIn(object), memberIn(old));

const memberIn = ({ metadata, status }: Node): unknown => [
  metadata.deletionTimestamp,
  status?.address,
  ...[NodeCondition.ContainerReady, NodeCondition.Bootstrapped, NodeCondition.Healthy].map((type) =>
    isTrue(status?.conditions, type),
  ),
  findCondition(status?.conditions, NodeCondition.ServicesReady)?.status,
];

/** What of a LoadBalancer concerns others: its address, and which ports it has there. */
const claims: Predicate<Stored<LoadBalancer>> = ({ object, old }) =>
  old === undefined || !isDeepStrictEqual(claimsOf(object), claimsOf(old));

const claimsOf = ({ metadata, status }: LoadBalancer): unknown => [
  metadata.generation,
  metadata.deletionTimestamp,
  status?.address,
  status?.rules?.map(({ protocol, port, endPort, state }) => [protocol, port, endPort, state]),
];

/** An address is free again: news to whoever has none. */
const frees: Predicate<Stored<LoadBalancer>> = ({ type, object, old }) =>
  type === 'deleted'
    ? object.status?.address !== undefined
    : old?.status?.address !== undefined && old.status.address !== object.status?.address;

/** What the host is to do is another. */
const hostNews: Predicate<Stored<LoadBalancer>> = ({ object, old }) =>
  old === undefined || !isSameJson(partOf(object), partOf(old));

/** What a pool has to give. */
const offers: Predicate<Stored<AddressPool>> = ({ object, old }) =>
  old === undefined || !isDeepStrictEqual(offersOf(object), offersOf(old));

const offersOf = ({ metadata, status }: AddressPool): unknown => [
  metadata.generation,
  metadata.deletionTimestamp,
  status?.interface,
  status?.subnet,
  isTrue(status?.conditions, 'Ready'),
];

const power: Predicate<Stored<Cluster>> = ({ object, old }) =>
  old === undefined || object.spec.power !== old.spec.power;

/** Whether a cluster can be asked for its Services, and how it wants them. */
const reachable: Predicate<Stored<Cluster>> = ({ object, old }) =>
  old === undefined || !isDeepStrictEqual(reachOf(object), reachOf(old));

const reachOf = ({ metadata, spec, status }: Cluster): unknown => [
  metadata.deletionTimestamp,
  metadata.annotations,
  spec.power,
  isTrue(status?.conditions, ClusterCondition.ControlPlaneReady),
];

/** What of a LoadBalancer its Service shows, or what somebody else may have changed. */
const serviceNews: Predicate<Stored<LoadBalancer>> = ({ object, old }) =>
  Label.serviceID in (object.metadata.labels ?? old?.metadata.labels ?? {}) &&
  (old === undefined || !isDeepStrictEqual(shownOf(object), shownOf(old)));

const shownOf = ({ metadata, status }: LoadBalancer): unknown => [
  metadata.generation,
  metadata.labels,
  metadata.annotations,
  metadata.deletionTimestamp,
  status?.address,
  status?.rules?.map(({ state }) => state),
  isTrue(status?.conditions, LoadBalancerCondition.DataplaneReady),
];

/** By host names, endpoints say where they are. */
const hostnames: Predicate<Stored<Node>> = ({ object, old }) => object.status?.hostname !== old?.status?.hostname;

/** Everything that turns AddressPools, LoadBalancers and Services into what the host balances. */
export function addBalancing(manager: Manager, parts: Parts): void {
  const { world, balancing: caches, clusters, nodes, control, log, random, prober } = parts;
  const { dataplane, stores: balancing } = caches;
  const host = new DataplaneReport();
  const { loadBalancers } = balancing;
  const sync = control(
    'dataplane',
    1,
    dataplaneSync({
      dataplane,
      loadBalancers,
      report: host,
      clock: world.clock,
      wake: (key) => {
        balancers.enqueue(key);
      },
    }),
    [dataplaneEvents(dataplane)],
  );
  const lookForHost = (): void => {
    sync.enqueue(HOST);
  };
  const health =
    prober &&
    new HealthChecks({
      prober,
      clock: world.clock,
      loadBalancers,
      nodesOf: ({ metadata, spec }) =>
        spec.cluster === undefined
          ? []
          : world.nodes.byIndex(BY_CLUSTER, `${metadata.namespace ?? ''}/${spec.cluster}`),
      wake: (key) => {
        balancers.enqueue(key);
      },
    });
  const own = {
    balancing,
    book: new AddressBook(),
    foreign: new ForeignAddresses(world),
    host,
    lookForHost,
    ...(health && { health }),
  };
  const balancers = control('loadbalancers', 8, loadBalancerReconciler(world, own), []);
  const pools = control('addresspools', 2, addressPoolReconciler(world, balancing), [
    engineEvents(world.containers, balancing.pools),
  ]);

  const ofCluster = (key: string): ObjectKey[] => loadBalancers.byIndex(BY_CLUSTER, key).map(keyOf);
  const at = (address: string): ObjectKey[] => loadBalancers.byIndex(BY_ADDRESS, address).map(keyOf);
  const sharing = ({ status }: LoadBalancer): ObjectKey[] => (status?.address === undefined ? [] : at(status.address));
  const takers = ({ metadata }: AddressPool): ObjectKey[] => [
    ...at(''),
    ...loadBalancers.byIndex(BY_POOL, metadata.name).map(keyOf),
  ];
  const poolOf = ({ status }: LoadBalancer): ObjectKey[] =>
    status?.pool === undefined ? [] : [{ namespace: '', name: status.pool }];

  const watches = new ServiceWatches({
    clock: world.clock,
    log,
    random,
    connect: (key, signal) => clientOf(world, key, signal),
  });
  const services = control('services', 8, serviceReconciler(world, balancing, watches), [watches.source]);
  services.watch(clusters, (object) => [keyOf(object)], { predicate: reachable });
  services.watch(caches.loadBalancers, publishedCluster, { predicate: serviceNews });
  services.watch(nodes, ({ metadata, spec }) => [{ namespace: metadata.namespace ?? '', name: spec.cluster }], {
    predicate: hostnames,
  });

  balancers.watch(caches.loadBalancers, (object) => [keyOf(object)], { predicate: generationOrMetadataChanged });
  balancers.watch(caches.loadBalancers, sharing, { predicate: claims });
  balancers.watch(caches.loadBalancers, () => at(''), { predicate: frees });
  balancers.watch(nodes, ({ metadata, spec }) => ofCluster(`${metadata.namespace ?? ''}/${spec.cluster}`), {
    predicate: membership,
  });
  balancers.watch(clusters, ({ metadata }) => ofCluster(`${metadata.namespace ?? ''}/${metadata.name}`), {
    predicate: power,
  });
  balancers.watch(caches.pools, takers, { predicate: offers });
  pools.watch(caches.pools, (object) => [keyOf(object)], { predicate: generationOrMetadataChanged });
  // Of two that overlap, the later one waits for the earlier one's change.
  pools.watch(caches.pools, () => balancing.pools.list().map(keyOf), { predicate: offers });
  pools.watch(caches.loadBalancers, poolOf, { predicate: claims });
  sync.watch(caches.loadBalancers, () => [HOST], { predicate: hostNews });

  manager.addReflector(caches.loadBalancers);
  manager.addReflector(caches.pools);
  for (const controller of [sync, balancers, pools, services]) manager.addController(controller);
  if (health !== undefined) manager.addRunnable({ name: 'health checks', run: (signal) => health.run(signal) });
}
