import type { Node } from '../../crds/node.ts';
import type { KubeNode } from '../kube/kinds.ts';

/** What kubeadm says of a control plane on its Kubernetes node; the kubelet does not, when it registers. */
const CONTROL_PLANE: Readonly<Record<string, string>> = {
  'node-role.kubernetes.io/control-plane': '',
  'node.kubernetes.io/exclude-from-external-load-balancers': '',
};

/** Labels of the Kubernetes node by which people and programs know what the node is for. */
export const roleLabels = ({ spec }: Node): Readonly<Record<string, string>> =>
  spec.role === 'control-plane' ? CONTROL_PLANE : {};

/** Those of them that the Kubernetes node lacks; undefined when it has them all. */
export function missingRoleLabels(node: Node, registered: KubeNode): Readonly<Record<string, string>> | undefined {
  const missing = Object.entries(roleLabels(node)).filter(([name]) => registered.metadata.labels?.[name] === undefined);
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
