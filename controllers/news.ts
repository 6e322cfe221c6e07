import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../crds/cluster.ts';
import { ClusterCondition, NodeCondition } from '../crds/conditions.ts';
import type { LoadBalancer } from '../crds/load-balancer.ts';
import { apiLoadBalancer } from '../crds/load-balancer.ts';
import type { Network } from '../crds/network.ts';
import type { Node } from '../crds/node.ts';
import { findCondition, isTrue } from './runtime/condition.ts';
import type { KubeObject, ObjectKey, Stored } from './runtime/object.ts';
import type { Predicate } from './runtime/predicate.ts';

/**
 * What of one object is news to the reconcilers of others. A status says more than that: which step is being taken, and
 * which error came last. If that woke others, whose status wakes the first in turn, an engine that answers by fits and
 * starts would have all of them run in circles, without a pause.
 */
const news =
  <T extends KubeObject>(told: (object: Stored<T>) => readonly unknown[]): Predicate<Stored<T>> =>
  ({ object, old }) =>
    old === undefined || !isDeepStrictEqual(told(object), told(old));

const madeFrom = news<Cluster>(({ metadata, status }) => [
  metadata.generation,
  metadata.deletionTimestamp,
  status?.image,
  status?.kindName,
  status?.remediation?.node,
]);

/** A hundred workers wait for an API server that is away, and one reconciler asks. */
const LASTING_MS = 5_000;

/** It answers again, or not any more, after it did the other for a while: one that flickers is news to nobody. */
const apiServerNews: Predicate<Stored<Cluster>> = ({ object, old }) => {
  const [now, before] = [object, old].map((each) =>
    findCondition(each?.status?.conditions, ClusterCondition.ControlPlaneReady),
  );
  if (now === undefined || (now.status === 'True') === (before?.status === 'True')) return false;
  const lasted = Date.parse(now.lastTransitionTime) - Date.parse(before?.lastTransitionTime ?? '');
  return !(lasted < LASTING_MS);
};

/**
 * A Node takes from its Cluster what it is made from, whether it has to go, whose turn it is to be remedied, and that its API
 * server is back.
 */
export const clusterNews: Predicate<Stored<Cluster>> = (change) => madeFrom(change) || apiServerNews(change);

/** A Node takes from its Network where it is attached, and at which address. */
export const networkNews = news<Network>(({ metadata, status }) => [
  metadata.deletionTimestamp,
  status?.dockerNetworkID,
  status?.addresses,
]);

/** Workers wait for the container of their control plane, and then for its bootstrapping. */
export const controlPlaneNews = news<Node>(({ metadata, status }) => [
  metadata.deletionTimestamp,
  isTrue(status?.conditions, NodeCondition.ContainerReady),
  isTrue(status?.conditions, NodeCondition.Bootstrapped),
]);

/** A control plane that is to stop or to be paused waits until none of its workers runs. */
export const workerNews = news<Node>(({ status }) => [status?.power === 'Stopped', status?.power === 'Paused']);

/** Whoever counts objects needs to know no more. */
export const comesOrGoes: Predicate<KubeObject> = ({ old }) => old === undefined;

/** The Cluster whose API server a LoadBalancer publishes, or that waits for one of its own to go. */
export const publishedCluster = ({ metadata, spec }: LoadBalancer): ObjectKey[] =>
  spec.cluster === undefined ? [] : [{ namespace: metadata.namespace ?? '', name: spec.cluster }];

/** A Cluster takes from its LoadBalancer the address, and how it fares there. */
export const publishingNews = news<LoadBalancer>(({ metadata, spec, status }) => {
  const isPublisher = metadata.name === apiLoadBalancer(spec.cluster ?? '');
  const ready = findCondition(status?.conditions, 'Ready');
  return isPublisher
    ? [
        metadata.generation,
        metadata.labels,
        metadata.ownerReferences,
        metadata.deletionTimestamp,
        status?.address,
        ready?.status,
        ready?.reason,
        ready?.message,
      ]
    : [];
});
