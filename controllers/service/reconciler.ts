import { admit, refusal } from '../../crds/admission.ts';
import type { Cluster } from '../../crds/cluster.ts';
import { ClusterCondition } from '../../crds/conditions.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { Annotation, Label } from '../../crds/names.ts';
import { clusterAccess } from '../access.ts';
import { isDeleting } from '../identity.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeApiError } from '../kube/error.ts';
import type { EndpointSlice, Service } from '../kube/kinds.ts';
import { isTrue } from '../runtime/condition.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { keyOf, keyString } from '../runtime/object.ts';
import type { ObjectKey, Stored } from '../runtime/object.ts';
import type { ReadonlyStore } from '../runtime/store.ts';
import { asError } from '../runtime/thrown.ts';
import { BY_CLUSTER, nodesOf } from '../world.ts';
import type { Balancing, World } from '../world.ts';
import { ingressFor, showExternalIP, showStatus } from './addresses.ts';
import type { Said } from './addresses.ts';
import { conditionFor } from './condition.ts';
import { isAsAsked, isLocal, isToBalance, loadBalancerFor, wantsExternalIPs } from './translate.ts';
import type { ServiceWatches } from './watches.ts';

/** A cluster that answers sends its changes; this is for what could not be written to it. */
const LOOK_AGAIN_MS = 60_000;

interface Scope {
  readonly world: World;
  readonly balancing: Balancing;
  readonly watches: ServiceWatches;
  readonly cluster: Stored<Cluster>;
  readonly signal: AbortSignal;
  /** The way into the cluster, looked for when something is to be written there. */
  readonly client: () => Promise<KubeClient>;
}

/**
 * Gives every Service of type LoadBalancer of one workload cluster a LoadBalancer, and writes the address back. All of a cluster in
 * one pass: they share the watch, and one that fails does not keep the others.
 */
export const serviceReconciler =
  (world: World, balancing: Balancing, watches: ServiceWatches): Reconcile =>
  async (key, { signal }) => {
    const cluster = world.clusters.get(key);
    if (cluster === undefined || !isToFollow(cluster)) {
      // What it has stays as it is: the address of a cluster that is off is its own.
      watches.forget(key);
      return {};
    }
    const services = watches.services(key);
    if (services === undefined) return {};
    let client: Promise<KubeClient> | undefined;
    const scope: Scope = {
      world,
      balancing,
      watches,
      cluster,
      signal,
      client: () => (client ??= clientOf(world, key, signal)),
    };
    await reconcileAll(scope, services);
    return { requeueAfterMs: LOOK_AGAIN_MS, priority: 'initial' };
  };

/** Its API server answers, and nobody wants it to go. */
function isToFollow({ metadata, spec, status }: Stored<Cluster>): boolean {
  const paused = metadata.annotations?.[Annotation.paused];
  return (
    metadata.deletionTimestamp === undefined &&
    [undefined, 'false'].includes(paused) &&
    spec.power === 'Running' &&
    isTrue(status?.conditions, ClusterCondition.ControlPlaneReady)
  );
}

export async function clientOf(world: World, key: ObjectKey, signal: AbortSignal): Promise<KubeClient> {
  const cluster = world.clusters.get(key);
  const access = cluster === undefined ? undefined : await clusterAccess(world, cluster, signal);
  if (access === undefined) throw new Error(`Cluster ${keyString(key)} has no control plane that runs`);
  return access.client;
}

async function reconcileAll(scope: Scope, services: ReadonlyStore<Stored<Service>>): Promise<void> {
  const { balancing, cluster } = scope;
  const existing = new Map(
    balancing.loadBalancers
      .byIndex(BY_CLUSTER, keyString(keyOf(cluster)))
      .filter((loadBalancer) => !isDeleting(loadBalancer))
      .flatMap((loadBalancer) => {
        const id = loadBalancer.metadata.labels?.[Label.serviceID];
        return id === undefined ? [] : [[id, loadBalancer] as const];
      }),
  );
  const errors: Error[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      scope.signal.throwIfAborted();
      errors.push(asError(error));
    }
  };
  for (const service of services.list()) {
    const found = existing.get(service.metadata.uid);
    if (isToBalance(service)) {
      existing.delete(service.metadata.uid);
      await attempt(() => balance(scope, service, found));
    } else if (found !== undefined && !isDeleting(service)) {
      await attempt(() => leave(scope, service, found));
    }
  }
  for (const { metadata } of existing.values()) {
    const key = { namespace: metadata.namespace ?? '', name: metadata.name };
    await attempt(() => scope.world.kube.delete(LoadBalancerKind, key, { uid: metadata.uid }, scope.signal));
  }
  if (errors.length === 1 && errors[0] !== undefined) throw errors[0];
  if (errors.length > 0) throw new AggregateError(errors, `${String(errors.length)} Services could not be served`);
}

async function balance(scope: Scope, service: Stored<Service>, found: Stored<LoadBalancer> | undefined): Promise<void> {
  const { world, cluster } = scope;
  const slices = isLocal(service) ? slicesOf(scope, service) : [];
  // Where its endpoints are is not known yet: whoever tells will have it looked at again.
  if (slices === undefined) return;
  const wanted = loadBalancerFor(service, { cluster, nodes: nodesOf(world, cluster), slices });
  const refused = found !== undefined && isAsAsked(found, wanted) ? undefined : await ask(scope, wanted);
  const ingress = ingressFor(service, found);
  await show(scope, {
    service,
    loadBalancer: found,
    ingress,
    condition: conditionFor(service, { loadBalancer: found, ingress, refusal: refused }, world.clock),
    external: wantsExternalIPs(cluster) ? ingress?.ip : undefined,
  });
}

const UNPROCESSABLE = 422;

/** Has the LoadBalancer made or changed; why that can not be, when the Service asks for what none can have. */
async function ask({ world, signal }: Scope, wanted: ReturnType<typeof loadBalancerFor>): Promise<string | undefined> {
  // It would be refused again each time that anything changes in the cluster.
  const foreseen = admit(LoadBalancerKind, wanted);
  if (!foreseen.ok) return refusal(LoadBalancerKind, wanted.metadata.name, foreseen.issues);
  try {
    await world.kube.apply(LoadBalancerKind, wanted, { fieldManager: 'qbo-service' }, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.code !== UNPROCESSABLE) throw error;
    return error.message;
  }
}

/** Its type is another now: first the Service shows no address any more, then that is given back. */
const leave = (scope: Scope, service: Stored<Service>, loadBalancer: Stored<LoadBalancer>): Promise<void> =>
  show(scope, { service, loadBalancer, ingress: undefined, condition: undefined, external: undefined });

interface Shown extends Said {
  readonly service: Stored<Service>;
  readonly loadBalancer: Stored<LoadBalancer> | undefined;
  readonly external: string | undefined;
}

async function show({ client, signal }: Scope, { service, loadBalancer, external, ...said }: Shown): Promise<void> {
  await showStatus(client, service, said, signal);
  await showExternalIP(client, { service, loadBalancer, address: external }, signal);
}

function slicesOf({ watches, cluster }: Scope, { metadata }: Stored<Service>): readonly EndpointSlice[] | undefined {
  return watches
    .slices(keyOf(cluster))
    ?.list()
    .filter(
      (slice) =>
        slice.metadata.namespace === metadata.namespace && slice.metadata.labels?.[SERVICE_NAME] === metadata.name,
    );
}

const SERVICE_NAME = 'kubernetes.io/service-name';
