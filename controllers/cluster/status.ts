import { Label } from '../../crds/names.ts';
import type { Node } from '../../crds/node.ts';
import { isReady } from '../child.ts';
import { effectivePower } from '../power.ts';
import { isOwnNode } from './own-children.ts';
import type { ClusterScope } from './scope.ts';

/** What the status says of the nodes, whatever phase the cluster is in. */
export function summarizeNodes({ object, nodes, status }: ClusterScope): void {
  const controlPlane = nodes.find(({ spec }) => spec.role === 'control-plane');
  const workers = nodes.filter((node) => node.spec.role === 'worker' && isOwnNode(node, object));
  // What is asked for counts too: 1/1 while two more are to come would be a lie.
  const total = Math.max(nodes.length, object.spec.controlPlanes + object.spec.workers);
  const off = object.spec.power === 'Running' ? nodes.filter((node) => effectivePower(node, object) !== 'Running') : [];
  status.readyNodes = nodes.filter(isReady).length;
  status.totalNodes = nodes.length;
  status.nodes = `${String(status.readyNodes)}/${String(total - off.length)}${inWords(off)}`;
  status.workers = workers.length;
  status.selector = `${Label.cluster}=${object.metadata.name},${Label.role}=worker`;
  if (controlPlane?.status?.address !== undefined) status.address = controlPlane.status.address;
  if (controlPlane?.status?.version !== undefined) status.version = controlPlane.status.version;
}

/** ` (1 stopped, 2 paused)`: nodes that are asked to be off in a cluster that runs are neither Ready nor missing. */
function inWords(off: readonly Node[]): string {
  const counts = (['Stopped', 'Paused'] as const)
    .map((power) => ({ power, count: off.filter(({ spec }) => spec.power === power).length }))
    .filter(({ count }) => count > 0)
    .map(({ power, count }) => `${String(count)} ${power.toLowerCase()}`);
  return counts.length === 0 ? '' : ` (${counts.join(', ')})`;
}
