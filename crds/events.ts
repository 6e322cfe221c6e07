/**
 * Reasons of Events: what the operator does and finds, as `kubectl events` shows it. Warnings also have the reasons of
 * errors.ts. A key is its own value, so that a misspelt reason does not compile.
 */
export const EventReason = {
  /** A Cluster has declared a Node. */
  NodeDeclared: 'NodeDeclared',
  /** A Cluster takes away a Node, because fewer workers are asked for. */
  ScalingDown: 'ScalingDown',
  /** Pod network, DNS, service proxy and storage class were put into a cluster. */
  AddonsApplied: 'AddonsApplied',
  /** A Cluster has become Ready: for the first time, or again. */
  ClusterReady: 'ClusterReady',
  /** A Network has made its Docker network. */
  NetworkCreated: 'NetworkCreated',
  /** A Node has made its container: for the first time, or again on its volumes. */
  ContainerCreated: 'ContainerCreated',
  /** Warning. A container did not run and was started again. */
  ContainerRestarted: 'ContainerRestarted',
  /** A Node has removed its container. */
  ContainerRemoved: 'ContainerRemoved',
  /** Warning. containerd or the kubelet was stopped in a node, and was started again. */
  ServiceRestarted: 'ServiceRestarted',
  /** Warning. The cluster had lost its Kubernetes node; the kubelet was restarted to register it again. */
  NodeRegistered: 'NodeRegistered',
  /** kubeadm has made a Node's container a node of its cluster. */
  Bootstrapped: 'Bootstrapped',
} as const;
export type EventReason = keyof typeof EventReason;
