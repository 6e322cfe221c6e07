import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { Annotation } from '../../../crds/names.ts';
import { isAdopted, isConfirmed, isKindMade } from '../../adopted.ts';
import { idOf } from '../../identity.ts';
import type { Phase } from '../../runtime/reconciler.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { NodeScope } from '../scope.ts';

const UNHURRIED_MS = 30_000;

/** That what kind made may be touched stands in the Cluster: without that nothing is done, be it only for a while. */
export function ensureConsent({ object, cluster }: NodeScope): Promise<Step> {
  if (!isAdopted(object) || (cluster !== undefined && isConfirmed(cluster))) return Promise.resolve(proceed());
  const message =
    `The container is left as it is: Cluster ${object.spec.cluster} has not, or no longer, the annotation ` +
    `${Annotation.adoptConfirmed} with the name that ${Annotation.adopt} has`;
  return Promise.resolve(waitFor(Reason.Released, message, UNHURRIED_MS));
}

/** Says what is lost when the container of an adopted node is: nobody should learn it from losing it. */
export async function sayWhatWouldBeLost(scope: NodeScope): Promise<Step> {
  const { object, report, withdraw } = scope;
  if (!isAdopted(object)) return proceed();
  const container = await scope.container();
  if (container === undefined || !isKindMade(container)) {
    // It was made by us meanwhile, on volumes that outlive it.
    withdraw(NodeCondition.Recoverable);
  } else if (object.spec.role === 'control-plane') {
    const message =
      `kind keeps the cluster's keys and data in container ${container.name} itself: it can be stopped, killed and ` +
      'started, but when it is removed the cluster is lost. Keep what must not be lost elsewhere too.';
    report({ type: NodeCondition.Recoverable, status: 'False', reason: Reason.DataInContainer, message });
  } else {
    const message =
      `When container ${container.name} is removed the node joins anew, as one of ours; what pods kept on its disk, and ` +
      'images that were loaded into it, are lost.';
    report({ type: NodeCondition.Recoverable, status: 'True', reason: Reason.JoinsAnew, message });
  }
  return proceed();
}

/** Leaves a step of the clean-up out for a container that kind made and that is not, or no longer, ours to touch. */
export const unlessReleased =
  (phase: Phase<NodeScope>): Phase<NodeScope> =>
  async (scope) =>
    (await isReleased(scope)) ? proceed() : phase(scope);

/** What we made instead of a container of kind's goes as ever. */
async function isReleased({ object, cluster, world, signal }: NodeScope): Promise<boolean> {
  if (!isAdopted(object) || (cluster !== undefined && isConfirmed(cluster))) return false;
  const found = await world.containers.findByOwner(idOf(object), signal);
  return found.some(isKindMade);
}
