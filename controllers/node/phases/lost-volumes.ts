import { Label } from '../../../crds/names.ts';
import { EventReason } from '../../../crds/events.ts';
import { VolumeHeld } from '../../../crds/errors.ts';
import { idOf } from '../../identity.ts';
import { waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { volumesOf } from '../container-spec.ts';
import type { NodeScope } from '../scope.ts';

/** That somebody else's container ends makes no event that leads to us. */
const SOON_MS = 5_000;

/**
 * Nobody else writes to the node's volumes. A container that somebody made of them, be it a copy of ours, would share
 * etcd's files with it: ours is not started until that one has ended, which is left to its owner.
 */
export async function ensureVolumesFree({ object, world, signal }: NodeScope): Promise<Step | undefined> {
  const names = volumesOf(object).map(({ name }) => name);
  const writers = await world.containers.volumes.writers(names, signal);
  const [other] = writers.filter(({ owner }) => owner !== idOf(object));
  if (other === undefined) return undefined;
  const error = new VolumeHeld({ node: object.metadata.name, volume: other.volume, by: other.container });
  return waitFor(error.reason, error.message, SOON_MS);
}

/** Tells why a container is made again, and what was lost with its volumes if these are gone, too. Before they are made. */
export async function tellWhatIsLost({ object, cluster, world, signal }: NodeScope): Promise<void> {
  const former = object.status?.containerName;
  if (object.status?.containerID === undefined || former === undefined) return;
  const present = new Set(
    (await world.containers.volumes.list({ [Label.id]: idOf(object) }, signal)).map(({ name }) => name),
  );
  const lost = volumesOf(object).filter(({ name }) => !present.has(name));
  const note = { object, type: 'Warning', action: 'CreateContainer' } as const;
  if (lost.length === 0) {
    const message = `Container ${former} was gone, and is made again on its volumes`;
    world.events.record({ ...note, reason: EventReason.ContainerRecreated, message });
    return;
  }
  const consequence =
    object.spec.role === 'control-plane'
      ? `everything that was in cluster ${cluster?.metadata.name ?? ''} is lost, and it is made anew`
      : 'what was on the node is lost, and it joins its cluster again';
  const volumes = lost.map(({ name }) => name).join(', ');
  const message = `Container ${former} was gone, and with it its volumes ${volumes}: ${consequence}`;
  world.events.record({ ...note, reason: EventReason.DataLost, message });
}
