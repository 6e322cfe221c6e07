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
  /** Its containers do what `spec.power` asks for. */
  PowerReady: 'PowerReady',
  /** The certificates of its control planes are valid for long enough; they are renewed before they end. */
  CertificatesReady: 'CertificatesReady',
  /** It can be used, although perhaps not all of it: the API answers, DNS works, and there is a Ready node for pods. */
  Available: 'Available',
  /** Present while a node that was unhealthy for too long is restarted or replaced. */
  Remediating: 'Remediating',
  /** Present while it is being removed; says what is waited for. */
  Deleting: 'Deleting',
  /** Present while the annotation `qbo.io/adopt` is set: whether the cluster of that name can be taken over, and was. */
  Adopted: 'Adopted',
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
  /** The node has the CPU and memory that are asked for, and its kubelet says so. */
  ResourcesReady: 'ResourcesReady',
  /** The node's certificates are valid for long enough; they are renewed before they end. */
  CertificatesReady: 'CertificatesReady',
  /** Present on an adopted node of which something would be lost with its container: says what. */
  Recoverable: 'Recoverable',
  /** Present while it is restarted or replaced, because it was unhealthy for too long. */
  Remediating: 'Remediating',
  Deleting: 'Deleting',
  Paused: 'Paused',
  Stalled: 'Stalled',
} as const;

export const NetworkCondition = {
  Ready: 'Ready',
  /** A subnet is chosen, and nothing else on the host has it. */
  SubnetReady: 'SubnetReady',
  /** The Docker network exists, with that subnet. */
  DockerNetworkReady: 'DockerNetworkReady',
  Deleting: 'Deleting',
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
  /** The annotation `qbo.io/paused` is set, or `spec.power` is Paused and it is. */
  Paused: 'Paused',
  /** `spec.power` is Stopped, and it is. */
  Stopped: 'Stopped',
  /** It is being stopped, as `spec.power` asks: workers first, the control plane last. */
  Stopping: 'Stopping',
  /** It is being started, as `spec.power` asks: the control plane first, then all workers at once. */
  Starting: 'Starting',
  /** It is being paused, as `spec.power` asks. */
  Pausing: 'Pausing',
  /** The container was stopped or paused by somebody, and is brought back. */
  RestartingContainer: 'RestartingContainer',
  /** Unhealthy for too long: the container is restarted. */
  Restarting: 'Restarting',
  /** Unhealthy although it was restarted: the container is made anew and joins again. */
  Replacing: 'Replacing',
  /** Remediation is not allowed here, or another node is being remediated. */
  RemediationHeldBack: 'RemediationHeldBack',
  /** Restarting and replacing did not help: a person must look. */
  RemediationExhausted: 'RemediationExhausted',
  /** Certificates are being renewed. */
  RenewingCertificates: 'RenewingCertificates',
  /** What adopting would do is said, and nothing was done. */
  DryRun: 'DryRun',
} as const;
export type Reason = keyof typeof Reason;
