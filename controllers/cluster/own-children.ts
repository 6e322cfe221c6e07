import type { Node } from '../../crds/node.ts';
import { EventReason } from '../../crds/events.ts';
import { Label } from '../../crds/names.ts';
import { isDeleting, isOwnedBy } from '../identity.ts';
import type { EventNote } from '../kube/events.ts';
import type { KubeObject, Stored } from '../runtime/object.ts';
import { nodeName } from './node-plan.ts';
import type { NodeRole } from './node-plan.ts';

/** More Nodes than a Cluster ever has at once: their ordinals are the lowest that were free. */
const ORDINALS = 256;
const COMPUTED = /^(?:control|node)-[0-9a-f]{8}$/;

/**
 * Whether this Cluster has made the Node, as against a user who declared one to join it. The owner reference says so; when
 * somebody took that away the name does, which follows from the Cluster's uid: otherwise another Node would be made.
 */
export const isOwnNode = (node: Node, cluster: Stored<KubeObject>): boolean =>
  isOwnedBy(node, cluster) || (COMPUTED.test(node.metadata.name) && isNameOf(node, cluster));

function isNameOf({ metadata, spec }: Node, cluster: Stored<KubeObject>): boolean {
  for (let ordinal = 0; ordinal < ORDINALS; ordinal++) {
    if (nodeName(cluster.metadata.uid, spec.role, ordinal) === metadata.name) return true;
  }
  return false;
}

/** Whether somebody took from a child what shows whose it is. One that is being deleted is left to go. */
export const hasLostTies = (
  child: KubeObject,
  cluster: Stored<KubeObject>,
  labels: Readonly<Record<string, string>>,
): boolean =>
  !isDeleting(child) &&
  !(
    isOwnedBy(child, cluster) &&
    Object.entries(labels).every(([name, value]) => child.metadata.labels?.[name] === value)
  );

/** What is told when they are put back. */
export const tiesRestored = (cluster: Stored<KubeObject>, child: KubeObject): EventNote => ({
  object: cluster,
  type: 'Warning',
  reason: EventReason.TiesRestored,
  action: 'RestoreTies',
  message: `${child.kind} ${child.metadata.name} had lost its owner reference or labels; they are put back`,
});

/** Labels of what a Cluster declares. */
export const childLabels = ({ metadata }: KubeObject): Readonly<Record<string, string>> => ({
  [Label.cluster]: metadata.name,
});

export const nodeLabels = (cluster: KubeObject, role: NodeRole): Readonly<Record<string, string>> => ({
  ...childLabels(cluster),
  [Label.role]: role,
});
