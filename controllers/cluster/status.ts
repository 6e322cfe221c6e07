import { Label } from '../../crds/names.ts';
import { isOwnedBy } from '../identity.ts';
import { isReady } from '../child.ts';
import type { ClusterScope } from './scope.ts';

/** What the status says of the nodes, whatever phase the cluster is in. */
export function summarizeNodes({ object, nodes, status }: ClusterScope): void {
  const controlPlane = nodes.find(({ spec }) => spec.role === 'control-plane');
  const workers = nodes.filter((node) => node.spec.role === 'worker' && isOwnedBy(node, object));
  // What is asked for counts too: 1/1 while two more are to come would be a lie.
  const total = Math.max(nodes.length, object.spec.controlPlanes + object.spec.workers);
  status.readyNodes = nodes.filter(isReady).length;
  status.totalNodes = nodes.length;
  status.nodes = `${String(status.readyNodes)}/${String(total)}`;
  status.workers = workers.length;
  status.selector = `${Label.cluster}=${object.metadata.name},${Label.role}=worker`;
  if (controlPlane?.status?.address !== undefined) status.address = controlPlane.status.address;
  if (controlPlane?.status?.version !== undefined) status.version = controlPlane.status.version;
}
