import { Reason } from '../../../crds/conditions.ts';
import { findOrPull, imageInUse, nodeImages } from '../../image.ts';
import { keyOf } from '../../runtime/object.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { newestTag } from '../image-choice.ts';
import type { ClusterScope } from '../scope.ts';

/** The engine has the cluster's image, which is pinned in the status: the one that is asked for, else the newest known. */
export async function ensureImage(scope: ClusterScope): Promise<Step> {
  const { object, nodes, status, world, signal } = scope;
  // Nodes that want the image for a new container fetch it themselves; those that have one need it no more.
  if (status.image !== undefined && nodes.some((node) => node.status?.containerID !== undefined)) return proceed();
  const reference = object.spec.image ?? status.image ?? (await fromNodes(scope)) ?? (await newestKnown(scope));
  if (reference === undefined) {
    return fail(
      Reason.NoImageKnown,
      `Cluster ${object.metadata.name} names no image and the engine has no node image. Set spec.image, for instance kindest/node:v1.35.4, or run \`make up\`, which brings one.`,
    );
  }
  const found = await findOrPull(reference, {
    world,
    object,
    conditions: status.conditions,
    signal,
    wake: () => {
      world.wake('Cluster', keyOf(object));
    },
  });
  if ('kind' in found) return found;
  status.image = reference;
  return proceed();
}

/** A status that was lost is read back from what exists: an image that is in use does not move. */
async function fromNodes({ nodes, world, signal }: ClusterScope): Promise<string | undefined> {
  const recorded = nodes.find(({ status }) => status?.image !== undefined)?.status?.image;
  return recorded ?? (await imageInUse(world, nodes, signal));
}

async function newestKnown({ world, signal }: ClusterScope): Promise<string | undefined> {
  const local = await nodeImages(world, signal);
  return newestTag(local.flatMap(({ tags }) => tags)) ?? world.settings.defaultImage;
}
