import { Label } from '../../crds/names.ts';
import type { Node } from '../../crds/node.ts';
import { idLabelOf } from '../identity.ts';
import type { KubeNode } from '../kube/kinds.ts';
import type { Stored } from '../runtime/object.ts';

/** What kubeadm says of a control plane on its Kubernetes node; the kubelet does not, when it registers. */
const CONTROL_PLANE: Readonly<Record<string, string>> = {
  'node-role.kubernetes.io/control-plane': '',
  'node.kubernetes.io/exclude-from-external-load-balancers': '',
};

/**
 * Labels of the Kubernetes node by which people and programs know what the node is for, and its cluster whose it is: one
 * whose Node went while its cluster could not be asked is found by that, and forgotten.
 */
export const nodeLabelsInside = (node: Stored<Node>): Readonly<Record<string, string>> => ({
  ...(node.spec.role === 'control-plane' && CONTROL_PLANE),
  [Label.id]: idLabelOf(node),
});

/** Those of them that the Kubernetes node lacks; undefined when it has them all. */
export function missingLabels(node: Stored<Node>, registered: KubeNode): Readonly<Record<string, string>> | undefined {
  const there = registered.metadata.labels ?? {};
  const missing = Object.entries(nodeLabelsInside(node)).filter(
    ([name, value]) => there[name] === undefined || (name === Label.id && there[name] !== value),
  );
  return missing.length === 0 ? undefined : Object.fromEntries(missing);
}

/** Whether a kubelet has registered it: one that did not register it itself leaves its labels out. */
export const isRegistered = ({ metadata }: KubeNode): boolean =>
  metadata.labels?.['kubernetes.io/hostname'] !== undefined;

/** Where the pod network of kind's images writes down which addresses the node's pods have. */
export const POD_NETWORK = '/etc/cni/net.d/10-kindnet.conflist';

/** The node's block of pod addresses, as its pod network has it on its disk; undefined when it is not to be found there. */
export const podCIDRIn = (conflist: string | undefined): string | undefined =>
  /"subnet":\s*"(\d+\.\d+\.\d+\.\d+\/\d+)"/.exec(conflist ?? '')?.[1];
