import { Label } from '../../../crds/names.ts';
import { InotifyTooLow } from '../../../crds/errors.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { ClusterScope } from '../scope.ts';

/** What one node's systemd, containerd, kubelet and pods keep open of the host's inotify instances, rounded up. */
const INSTANCES_PER_NODE = 24;
const WATCHES_PER_NODE = 2_048;

/** The host can carry the nodes that are missing. Looked at before the first container, because what fails later fails oddly. */
export async function ensureHostFit({ object, nodes, world, signal }: ClusterScope): Promise<Step> {
  const wanted = object.spec.controlPlanes + object.spec.workers;
  if (nodes.length >= wanted && nodes.every(({ status }) => status?.containerID !== undefined)) return proceed();
  const [limits, running] = await Promise.all([
    world.host.inotify(signal),
    world.containers.countRunning({ [Label.kindCluster]: '' }, signal),
  ]);
  const made = nodes.filter(({ status }) => status?.containerID !== undefined).length;
  const total = running + Math.max(wanted - made, 0);
  const lacking = [
    { name: 'fs.inotify.max_user_instances', value: limits.maxUserInstances, needed: total * INSTANCES_PER_NODE },
    { name: 'fs.inotify.max_user_watches', value: limits.maxUserWatches, needed: total * WATCHES_PER_NODE },
  ].find(({ value, needed }) => value < needed);
  if (lacking === undefined) return proceed();
  const error = new InotifyTooLow(lacking);
  return fail(error.reason, error.message);
}
