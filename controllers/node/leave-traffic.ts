import { NodeCondition, Reason } from '../../crds/conditions.ts';
import { findCondition } from '../runtime/condition.ts';
import { waitFor } from '../runtime/step.ts';
import type { Step } from '../runtime/step.ts';
import { balancedBy } from './balanced-by.ts';
import { isMissed, tellPodsAreDown } from './pods-down.ts';
import type { NodeScope } from './scope.ts';

/** Who asked for it to stop waits no longer than this for others to hear of it. */
const PATIENCE_MS = 5_000;
const SOON_MS = 200;
/** kube-proxy writes its rules once a second. */
const HEARD_MS = 1_000;

/**
 * Before a node of a cluster that goes on is stopped: load balancers send it nothing more, and then the other nodes hear that its
 * pods are not to be asked. In this order: a node that knows of no pods of its own drops what it is still sent.
 * undefined: it may stop. What is under way is not waited for; `kubectl drain` is for that.
 */
export async function leaveTraffic(scope: NodeScope): Promise<Step | undefined> {
  if (!isMissed(scope) || waitedMs(scope) >= PATIENCE_MS) return undefined;
  if (balancedBy(scope.world, scope.object).some(({ isReady }) => isReady))
    return waitFor(Reason.Stopping, 'Before it is stopped, load balancers send it no more connections', SOON_MS);
  const told = await tellPodsAreDown(scope);
  return told === 0
    ? undefined
    : waitFor(
        Reason.Stopping,
        'Before it is stopped, the other nodes hear that its pods are not to be asked',
        HEARD_MS,
      );
}

function waitedMs({ object, world }: NodeScope): number {
  const said = findCondition(object.status?.conditions, NodeCondition.ContainerReady);
  return said?.reason === Reason.Stopping ? world.clock.now() - Date.parse(said.lastTransitionTime) : 0;
}
