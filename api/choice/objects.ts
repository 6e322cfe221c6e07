import type { Cluster } from '../../crds/cluster.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import type { Network } from '../../crds/network.ts';
import type { Node } from '../../crds/node.ts';
import type { KubeObject, Stored } from '../../controllers/runtime/object.ts';
import { hostNameOf } from '../rows/node.ts';
import type { Choice } from './choice.ts';

/** What the words of an object are, apart from what they stand for. */
type Words = Omit<Choice<unknown>, 'value'>;

/** Names that the operator gives to nodes: the same never occurs twice. */
const GENERATED = /^(?:control|node)-([0-9a-f]{8})$/;

export const clusterWords = ({ metadata }: Stored<Cluster>): Words => ({
  namespace: metadata.namespace ?? '',
  words: [metadata.name],
  unique: [],
  ids: [metadata.uid],
});

/** A node is known by its name, its host name, the eight characters at the name's end, and its container's id. */
export function nodeWords(node: Stored<Node>, cluster: Cluster | undefined): Words {
  const { metadata, status } = node;
  const hostName = hostNameOf(node, cluster);
  const names = [hostName, metadata.name];
  const suffix = GENERATED.exec(metadata.name)?.[1];
  return {
    namespace: metadata.namespace ?? '',
    words: names,
    unique: suffix === undefined ? [] : [...names, suffix],
    ids: status?.containerID === undefined ? [metadata.uid] : [status.containerID, metadata.uid],
  };
}

/** A network is known by what its cluster is known by. */
export const networkWords = (network: Stored<Network>, cluster: Stored<Cluster> | undefined): Words => ({
  namespace: network.metadata.namespace ?? '',
  words: [network.spec.cluster, network.metadata.name],
  unique: [],
  ids: cluster === undefined ? [network.metadata.uid] : [cluster.metadata.uid, network.metadata.uid],
});

/** A load balancer is known by its name, by what its cluster is known by, and by its address, which may be shared. */
export const balancerWords = (
  { metadata, spec, status }: Stored<LoadBalancer>,
  cluster: Stored<Cluster> | undefined,
): Words => ({
  namespace: metadata.namespace ?? '',
  words: [...(spec.cluster === undefined ? [] : [spec.cluster]), metadata.name],
  unique: status?.address === undefined ? [] : [status.address],
  ids: cluster === undefined ? [metadata.uid] : [cluster.metadata.uid, metadata.uid],
});

/** Of what is shown by cluster: the object's own words, and those of its cluster. */
export const orByCluster = (own: Words, cluster: Words | undefined): Words =>
  cluster === undefined ? own : { ...own, words: [...cluster.words, ...own.words], ids: [...own.ids, ...cluster.ids] };

/** Objects of other namespaces may have the same name: a cluster is found by both. */
export const clusterKey = (object: Node | Network | LoadBalancer): string =>
  `${object.metadata.namespace ?? ''}/${object.spec.cluster ?? ''}`;

export const keyed = <T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> =>
  new Map(objects.map((object) => [`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object]));
