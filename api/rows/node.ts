import type { Cluster } from '../../crds/cluster.ts';
import type { Node } from '../../crds/node.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { NodeRow, State } from '../wire/rows.ts';
import { shortImage } from './image-name.ts';
import type { Owners } from './owner.ts';
import { nodeState } from './state.ts';

/** What stands for a cluster that is not there: a user may declare a Node for one that is yet to come. */
const NO_CLUSTER = '00000000-0000-0000-0000-000000000000';

/** The system is told once the node is ready, and stays known of one that stops. */
const KNOWS_ITS_SYSTEM: readonly State[] = ['ready', 'exited', 'paused'];

/** Host name of the node, and its name in its cluster. */
export const hostNameOf = ({ metadata, status }: Node, cluster: Cluster | undefined): string =>
  status?.hostname ?? (cluster === undefined ? metadata.name : `${metadata.name}.${cluster.spec.domain}`);

export const nodeRow = (node: Stored<Node>, cluster: Stored<Cluster> | undefined, owners: Owners): NodeRow => ({
  name: hostNameOf(node, cluster),
  id: node.status?.containerID ?? '',
  image: imageOf(node, cluster),
  cluster: node.spec.cluster,
  ...stateAndAddress(node),
  user: owners(node.metadata.namespace ?? ''),
  cluster_id: cluster?.metadata.uid ?? NO_CLUSTER,
  type: node.spec.role === 'control-plane' ? 0 : 1,
});

const imageOf = ({ spec, status }: Node, cluster: Cluster | undefined): string =>
  shortImage(status?.image ?? spec.image ?? cluster?.status?.image ?? '');

function stateAndAddress(node: Node): Pick<NodeRow, 'state' | 'address' | 'os' | 'kernel'> {
  const state = nodeState(node);
  const { address, osImage, kernelVersion } = node.status ?? {};
  const isKnown = KNOWS_ITS_SYSTEM.includes(state);
  return {
    state,
    address: address ?? '',
    os: isKnown ? (osImage ?? '') : '',
    kernel: isKnown ? (kernelVersion ?? '') : '',
  };
}
