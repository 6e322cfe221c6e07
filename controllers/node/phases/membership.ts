import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { EventReason } from '../../../crds/events.ts';
import { clusterAccess } from '../../access.ts';
import { isTrue } from '../../runtime/condition.ts';
import { waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { nodesOf } from '../../world.ts';
import { BOOTSTRAP, KUBELET_CONFIG } from '../bootstrap-script.ts';
import { clusterIn } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

const AUTHORITY = '/etc/kubernetes/pki/ca.crt';
const GRACE_SECONDS = 10;

/**
 * What the node's disk says of what kubeadm has made of it: nothing, or not all of it; a member of its cluster; or one of a
 * cluster that is no more, because its control plane lost its data and is another one now.
 */
export type Membership = 'none' | 'member' | 'foreign';

export async function membership(scope: NodeScope, container: string): Promise<Membership> {
  const { object, world, signal } = scope;
  const read = (path: string): Promise<string | undefined> => world.containers.readFile(container, path, signal);
  if ((await read(BOOTSTRAP.done)) === undefined) return 'none';
  // One that works needs no closer look.
  if (isTrue(object.status?.conditions, NodeCondition.Healthy)) return 'member';
  // Its volumes may have been removed one by one.
  if ((await read(KUBELET_CONFIG)) === undefined) return 'none';
  if (object.spec.role === 'control-plane' || !hasControlPlane(scope)) return 'member';
  const access = await clusterAccess(world, clusterIn(scope), signal);
  const own = await read(AUTHORITY);
  return access === undefined || own?.trim() === access.certificateAuthority.trim() ? 'member' : 'foreign';
}

/** While the control plane is being made, it is not known yet which cluster this will be. */
const hasControlPlane = (scope: NodeScope): boolean =>
  nodesOf(scope.world, clusterIn(scope)).some(
    ({ spec, status }) => spec.role === 'control-plane' && isTrue(status?.conditions, NodeCondition.Bootstrapped),
  );

/** A start makes the node's systemd forget that kubeadm has run, and ends the pods of the cluster that is no more. */
export async function restartToJoin(scope: NodeScope, container: string): Promise<Step> {
  const { object, status, world, signal } = scope;
  const message =
    `Node ${object.metadata.name} belongs to a former cluster ${object.spec.cluster}, whose control plane lost its data: ` +
    `container ${status.containerName ?? ''} is restarted and joins the present one`;
  world.events.record({ object, type: 'Warning', reason: EventReason.JoinsAgain, action: 'StopContainer', message });
  await world.containers.stop(container, GRACE_SECONDS, signal);
  return waitFor(Reason.Joining, message, 0);
}
