import { NodeCondition } from '../../crds/conditions.ts';
import type { Cluster } from '../../crds/cluster.ts';
import type { Network } from '../../crds/network.ts';
import type { Node } from '../../crds/node.ts';
import { isTrue } from '../../controllers/runtime/condition.ts';
import type { State } from '../wire/rows.ts';

/*
 * QBO's words for what containers do. `created`: there is none that has run yet; `running`: it runs, and is of no use yet, or
 * not any more; `ready`: its cluster calls it so; `exited`: it is stopped. `paused` is ours.
 */

const isReady = ({ status }: Cluster | Node | Network): boolean => isTrue(status?.conditions, 'Ready');

export function nodeState(node: Node): State {
  if (isReady(node)) return 'ready';
  const { power, containerID } = node.status ?? {};
  if (power === 'Paused') return 'paused';
  if (power === 'Running') return 'running';
  // A container that was made and has never run is stopped to the engine, and to people not started yet.
  const hasRun = isTrue(node.status?.conditions, NodeCondition.Bootstrapped) || node.spec.power === 'Stopped';
  return power === 'Stopped' && containerID !== undefined && hasRun ? 'exited' : 'created';
}

export function clusterState(cluster: Cluster): State {
  if (isReady(cluster)) return 'ready';
  const { power, address } = cluster.status ?? {};
  if (power === 'Stopped') return 'exited';
  if (power === 'Paused') return 'paused';
  return address === undefined ? 'created' : 'running';
}

export const networkState = (network: Network): State => (isReady(network) ? 'ready' : 'created');
