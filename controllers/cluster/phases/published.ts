import { ClusterCondition, LoadBalancerCondition, Reason } from '../../../crds/conditions.ts';
import { NameTaken } from '../../../crds/errors.ts';
import { apiLoadBalancer, LoadBalancerKind } from '../../../crds/load-balancer.ts';
import type { LoadBalancer } from '../../../crds/load-balancer.ts';
import { FINALIZER } from '../../../crds/names.ts';
import { endpoint } from '../../backends/dataplane.ts';
import { isDeleting, isOwnedBy, ownedBy } from '../../identity.ts';
import { isSameJson } from '../../runtime/json.ts';
import { findCondition, isTrue } from '../../runtime/condition.ts';
import type { Condition } from '../../runtime/condition.ts';
import { keyOf } from '../../runtime/object.ts';
import type { Stored } from '../../runtime/object.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { BY_CLUSTER } from '../../world.ts';
import { childLabels, hasLostTies } from '../own-children.ts';
import type { ClusterScope } from '../scope.ts';

const API_PORT = 6443;

/**
 * A LoadBalancer publishes the API server on an address of the cluster's own. Nothing waits for it: without one, the API server
 * answers where its node is.
 */
export async function ensurePublished(scope: ClusterScope): Promise<Step> {
  if (scope.world.balancing === undefined) {
    scope.withdraw(ClusterCondition.Published);
    return proceed();
  }
  const { status, reason, message } = await publish(scope, publisherOf(scope));
  scope.report({ type: ClusterCondition.Published, status, reason, message });
  return proceed();
}

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

const UNSAID: Said = { status: 'Unknown', reason: Reason.Waiting, message: 'An address is being chosen' };

async function publish(scope: ClusterScope, found: Stored<LoadBalancer> | undefined): Promise<Said> {
  const { object } = scope;
  if (found === undefined || isToBeDeclared(found, scope)) {
    await declare(scope);
    return { status: 'False', reason: Reason.Programming, message: 'An address is being chosen' };
  }
  if (isDeleting(found))
    return { status: 'False', reason: Reason.Deleting, message: 'The former load balancer is still being removed' };
  if (!isOwnedBy(found, object)) {
    const error = new NameTaken({ what: 'LoadBalancer', name: found.metadata.name, by: 'somebody else' });
    return { status: 'False', reason: error.reason, message: error.message };
  }
  return sayingOf(found);
}

/** Ready in the words of the load balancer itself. */
function sayingOf({ status }: LoadBalancer): Said {
  const ready = findCondition(status?.conditions, 'Ready') ?? UNSAID;
  return ready.status === 'True' ? { ...ready, message: '' } : ready;
}

/** It is ours and not what it should be any more; one of somebody else's, which bears no label of ours, is left alone. */
function isToBeDeclared(found: Stored<LoadBalancer>, scope: ClusterScope): boolean {
  const { object } = scope;
  const isOurs = isOwnedBy(found, object) || isLabelled(found, scope);
  if (!isOurs || isDeleting(found)) return false;
  return hasLostTies(found, object, childLabels(object)) || isChanged(found, scope);
}

const isLabelled = ({ metadata }: LoadBalancer, { object }: ClusterScope): boolean =>
  Object.entries(childLabels(object)).every(([name, value]) => metadata.labels?.[name] === value);

const publisherOf = ({ object, world }: ClusterScope): Stored<LoadBalancer> | undefined =>
  world.balancing?.loadBalancers.get({
    namespace: object.metadata.namespace ?? '',
    name: apiLoadBalancer(object.metadata.name),
  });

const specFor = (cluster: string) => ({
  cluster,
  ports: [{ name: 'kubernetes', protocol: 'TCP' as const, port: API_PORT }],
  members: [{ role: 'control-plane' as const, weight: 1 }],
});

/** What makes it publish an API server was changed by somebody. */
const isChanged = ({ spec }: LoadBalancer, { object }: ClusterScope): boolean => {
  const { ports, members } = specFor(object.metadata.name);
  return !isSameJson(spec.ports, ports) || !isSameJson(spec.members, members);
};

/** What a user adds to it, an address or a pool, stays: only these fields are ours. */
async function declare({ object, world, signal }: ClusterScope): Promise<void> {
  const { name, namespace = '' } = object.metadata;
  await world.kube.apply(
    LoadBalancerKind,
    {
      apiVersion: LoadBalancerKind.apiVersion,
      kind: LoadBalancerKind.kind,
      metadata: {
        name: apiLoadBalancer(name),
        namespace,
        labels: childLabels(object),
        ownerReferences: [ownedBy(object)],
        // One request less than if its own reconciler took it in hand.
        finalizers: [FINALIZER],
      },
      spec: specFor(name),
    },
    { fieldManager: 'qbo-cluster' },
    signal,
  );
}

/**
 * The address by which the API server is to be reached from outside, once the host has answered there. It is said until the address
 * is another: a kubeconfig that changes with each restart of the dataplane would help nobody.
 */
export function publishedAddress(scope: ClusterScope): string | undefined {
  const found = publisherOf(scope);
  const address = found?.status?.address;
  if (found === undefined || address === undefined || !isOwnedBy(found, scope.object)) return undefined;
  const isKnown = scope.object.status?.endpoint === endpointAt(address);
  return isKnown || isTrue(found.status?.conditions, LoadBalancerCondition.DataplaneReady) ? address : undefined;
}

export const endpointAt = (address: string): string => `https://${endpoint({ address, port: API_PORT })}`;

/** Those that were made for this cluster: its API server's, and its Services'. They get no traffic from now on. */
export async function dismissLoadBalancers({ object, world, signal }: ClusterScope): Promise<Step> {
  for (const loadBalancer of ownLoadBalancers({ object, world })) {
    if (isDeleting(loadBalancer)) continue;
    const { uid } = loadBalancer.metadata;
    await world.kube.delete(LoadBalancerKind, keyOf(loadBalancer), { uid }, signal);
  }
  return proceed();
}

/** Not before the containers are gone: those must go also while the host can not be told anything. */
export function awaitLoadBalancersGone(scope: ClusterScope): Promise<Step> {
  const names = ownLoadBalancers(scope).map(({ metadata }) => metadata.name);
  if (names.length === 0) return Promise.resolve(proceed());
  return Promise.resolve(waitFor(Reason.Deleting, `Removing load balancers: ${names.join(', ')}`));
}

const ownLoadBalancers = ({ object, world }: Pick<ClusterScope, 'object' | 'world'>): readonly Stored<LoadBalancer>[] =>
  (
    world.balancing?.loadBalancers.byIndex(BY_CLUSTER, `${object.metadata.namespace ?? ''}/${object.metadata.name}`) ??
    []
  ).filter((loadBalancer) => isOwnedBy(loadBalancer, object));
