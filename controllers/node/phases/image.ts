import { Reason } from '../../../crds/conditions.ts';
import { findOrPull } from '../../image.ts';
import { idOf } from '../../identity.ts';
import { keyOf } from '../../runtime/object.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { NodeScope } from '../scope.ts';

/** The engine has the image that this node is made from: its own, or the one that its cluster has pinned. */
export async function ensureImage({ object, cluster, status, world, signal }: NodeScope): Promise<Step> {
  // A container needs its image no more: that somebody removed it meanwhile is no reason to call the node broken.
  const [container] = await world.containers.findByOwner(idOf(object), signal);
  if (container !== undefined) {
    status.image ??= container.image.reference;
    return proceed();
  }
  const reference = status.image ?? object.spec.image ?? cluster?.status?.image;
  if (reference === undefined)
    return waitFor(Reason.Waiting, `Cluster ${object.spec.cluster} has not chosen an image yet`);
  const found = await findOrPull(reference, {
    world,
    object,
    conditions: status.conditions,
    signal,
    wake: () => {
      world.wake('Node', keyOf(object));
    },
  });
  if ('kind' in found) return found;
  status.image = reference;
  return proceed();
}
