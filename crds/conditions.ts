/**
 * What the conditions of each kind are about, in the order in which they come true. `Ready` sums the others up: it is
 * True only when a user would call the object ready, and its message names the step that is missing.
 */
export const ClusterCondition = {
  Ready: 'Ready',
  /** The host's limits allow the nodes that are asked for. */
  HostReady: 'HostReady',
  /** A node image was chosen, and the engine has it. */
  ImageReady: 'ImageReady',
  /** The cluster's Docker network exists. */
  NetworkReady: 'NetworkReady',
  /** The control plane answers, and its own components are healthy. */
  ControlPlaneReady: 'ControlPlaneReady',
  /** Pod network, DNS and storage class are in the cluster and work. */
  AddonsReady: 'AddonsReady',
  /** The Secret with the admin kubeconfig is there and current. */
  KubeconfigReady: 'KubeconfigReady',
  /** As many workers as asked for are Ready, and none is there that should not be. */
  NodesReady: 'NodesReady',
  /** Present while the annotation `qbo.io/paused` keeps the operator away. */
  Paused: 'Paused',
  /** Present while it can not go on until somebody changes something; tools that know kstatus call this failed. */
  Stalled: 'Stalled',
} as const;

export const NodeCondition = {
  Ready: 'Ready',
  /** The engine has the node's image. */
  ImageReady: 'ImageReady',
  /** The node has its static address in the cluster's network. */
  AddressReady: 'AddressReady',
  /** Its container exists and runs. */
  ContainerReady: 'ContainerReady',
  /** kubeadm has made it a node of its cluster. */
  Bootstrapped: 'Bootstrapped',
  /** The cluster itself says that the node is Ready. */
  Healthy: 'Healthy',
  Paused: 'Paused',
  Stalled: 'Stalled',
} as const;

export const NetworkCondition = {
  Ready: 'Ready',
  /** A subnet is chosen, and nothing else on the host has it. */
  SubnetReady: 'SubnetReady',
  /** The Docker network exists, with that subnet. */
  DockerNetworkReady: 'DockerNetworkReady',
  Paused: 'Paused',
  Stalled: 'Stalled',
} as const;

/**
 * Reasons of conditions that are not failures. A failure's reason is the `reason` of its error, in errors.ts.
 * A key is its own value, so that a misspelt reason does not compile.
 */
export const Reason = {
  /** It is so. */
  Ready: 'Ready',
  /** An earlier step is not done. */
  Waiting: 'Waiting',

  /** The image is being pulled. */
  PullingImage: 'PullingImage',
  /** No image is named, and none is known to take. */
  NoImageKnown: 'NoImageKnown',
  /** The Network has no subnet or no Docker network yet. */
  CreatingNetwork: 'CreatingNetwork',
  /** The container is being made or started. */
  StartingContainer: 'StartingContainer',
  /** The container was there and is not: it is made again on its volumes. */
  RecreatingContainer: 'RecreatingContainer',
  /** kubeadm runs. */
  Bootstrapping: 'Bootstrapping',
  /** kubeadm joins the node. */
  Joining: 'Joining',
  /** The API server does not answer yet, or not any more. */
  ControlPlaneStarting: 'ControlPlaneStarting',
  /** Add-ons are applied or not yet available. */
  InstallingAddons: 'InstallingAddons',
  /** The cluster does not yet call the node Ready. */
  NodeNotReady: 'NodeNotReady',
  /** Workers are being added or removed. */
  Scaling: 'Scaling',
  /** Pods are being moved off the node. */
  Draining: 'Draining',
  /** The object and what belongs to it are being removed. */
  Deleting: 'Deleting',
  /** The annotation `qbo.io/paused` is set. */
  Paused: 'Paused',
} as const;
export type Reason = keyof typeof Reason;
