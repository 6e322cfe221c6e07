import { LoadBalancerCondition } from '../../crds/conditions.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { Annotation, FINALIZER } from '../../crds/names.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { reconciler, reports } from '../runtime/reconciler.ts';
import type { World } from '../world.ts';
import { finalizerWriter, statusWriter } from '../writers.ts';
import { ensureAddress } from './phases/address.ts';
import { awaitHostCleared } from './phases/clean-up.ts';
import { ensureBalanced } from './phases/host.ts';
import { planMembers } from './phases/members.ts';
import { ensureFewPorts, planRules } from './phases/ports.ts';
import type { LoadBalancerDraft, LoadBalancerScope, LoadBalancing } from './scope.ts';

/**
 * Gives a LoadBalancer its address and its ports, finds its members, and writes all of it into its status. From there the host
 * is told (`sync.ts`), of all of them at once.
 */
export const loadBalancerReconciler = (world: World, parts: LoadBalancing): Reconcile =>
  onceHostHasSpoken(
    parts,
    reconciler<LoadBalancer, LoadBalancerDraft, LoadBalancerScope>({
      finalizer: FINALIZER,
      pausedAnnotation: Annotation.paused,
      clock: world.clock,
      get: (key) => parts.balancing.loadBalancers.get(key),
      scope: (base) => ({ ...base, ...parts, world }),
      phases: [
        reports(LoadBalancerCondition.PortsReady, ensureFewPorts),
        reports(LoadBalancerCondition.AddressReady, ensureAddress),
        planRules,
        planMembers,
        reports(LoadBalancerCondition.DataplaneReady, ensureBalanced),
      ],
      cleanUp: [awaitHostCleared],
      summary: [
        LoadBalancerCondition.AddressReady,
        LoadBalancerCondition.PortsReady,
        LoadBalancerCondition.DataplaneReady,
        LoadBalancerCondition.MembersReady,
      ],
      writeStatus: statusWriter(world.kube, LoadBalancerKind, 'qbo-loadbalancer'),
      setFinalizers: finalizerWriter(world.kube, LoadBalancerKind),
      recheckMs: 60_000,
    }),
  );

/** It is heard of when the host has answered; this is for the case that it is not. */
const LOOK_AGAIN_MS = 5_000;

/**
 * An operator that has just started knows less of the host than statuses say: until it has looked, it lets them stand. Otherwise
 * each restart would call every load balancer unready for a moment.
 */
function onceHostHasSpoken({ balancing, host, lookForHost }: LoadBalancing, reconcile: Reconcile): Reconcile {
  return (key, context) => {
    const isSaid = balancing.loadBalancers.get(key)?.status?.conditions !== undefined;
    if (host.hasSpoken || !isSaid) return reconcile(key, context);
    lookForHost();
    return Promise.resolve({ requeueAfterMs: LOOK_AGAIN_MS });
  };
}
