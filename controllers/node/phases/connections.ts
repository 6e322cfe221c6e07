import { Reason } from '../../../crds/conditions.ts';
import { idOf, isDeleting } from '../../identity.ts';
import { keyOf, keyString } from '../../runtime/object.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { balancedBy } from '../balanced-by.ts';
import type { NodeScope } from '../scope.ts';

/** Beyond the time that they may take, for the case that nobody looks after a load balancer. */
const GRACE_MS = 10_000;

/**
 * Clients of load balancers have finished what they had with this node, or were given their time: it takes no new connections
 * from the moment on that it is to go. Left out when it does not run, and when the whole cluster goes.
 */
export async function awaitConnections({ object, cluster, world, signal }: NodeScope): Promise<Step> {
  if (cluster === undefined || isDeleting(cluster)) return proceed();
  const leavingMs = world.clock.now() - Date.parse(object.metadata.deletionTimestamp ?? '');
  const waiting = balancedBy(world, object)
    .map(({ loadBalancer }) => loadBalancer)
    .filter(({ spec }) => leavingMs < spec.drainSeconds * 1000 + GRACE_MS);
  if (waiting.length === 0) return proceed();
  const containers = await world.containers.findByOwner(idOf(object), signal);
  if (!containers.some(({ state }) => state === 'running')) return proceed();
  const names = waiting.map((loadBalancer) => keyString(keyOf(loadBalancer))).join(', ');
  return waitFor(Reason.Draining, `Waiting for connections through LoadBalancers ${names} to end`, 1_000);
}
