import { Reason } from '../../../crds/conditions.ts';
import { idOf } from '../../identity.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { LoadBalancerScope } from '../scope.ts';

/** A host that can not be told anything must not make a load balancer, and with it a cluster, immortal. */
const PATIENCE_MS = 60_000;

/**
 * The host has nothing of it any more: it is told so as soon as the deletion is seen. Given up when it can not be told for too long:
 * what no LoadBalancer asks for goes with the first word that it hears again.
 */
export function awaitHostCleared({ object, host, world, lookForHost }: LoadBalancerScope): Promise<Step> {
  const leavingMs = world.clock.now() - Date.parse(object.metadata.deletionTimestamp ?? '');
  const isGivenUp = host.failure !== undefined && leavingMs >= PATIENCE_MS;
  if (host.isGone(idOf(object)) || isGivenUp) return Promise.resolve(proceed());
  lookForHost();
  const why = host.failure === undefined ? '' : `. ${host.failure.message}`;
  return Promise.resolve(waitFor(Reason.Deleting, `The host is being told to balance it no more${why}`));
}
