/**
 * What the conditions of each kind are about, in the order in which they come true. `Ready` sums the others up: it is
 * True only when a user would call the object ready, and its message names the step that is missing.
 */
export const ClusterCondition = {
  /** All of the others are as they should be; else it has the reason and the message of the first that is not. */
  Ready: 'Ready',
  /** The host's inotify limits allow the nodes that are missing. */
  HostReady: 'HostReady',
  /** A node image is chosen (`status.image`), and the engine has it. */
  ImageReady: 'ImageReady',
  /** Its Network is Ready. */
  NetworkReady: 'NetworkReady',
  /** The API server answers `/readyz`. */
  ControlPlaneReady: 'ControlPlaneReady',
  /** Pod network, service proxy, storage class and DNS are applied, and DNS is available. */
  AddonsReady: 'AddonsReady',
  /** The Secret `<cluster>-kubeconfig` has the present kubeconfig under `value`. */
  KubeconfigReady: 'KubeconfigReady',
  /** Every Node is Ready, none is missing, none is leaving. */
  NodesReady: 'NodesReady',
  /** Present where load balancers are: its API server answers on an address of its own, which its kubeconfig names. */
  Published: 'Published',
  /** Its containers do what `spec.power` asks for. */
  PowerReady: 'PowerReady',
  /** The certificates of its control planes are valid for long enough; they are renewed before they end. */
  CertificatesReady: 'CertificatesReady',
  /** It can be used, although perhaps not all of it: API, kubeconfig and DNS work, and a node that takes pods is Ready. */
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
  /** Its Cluster exists, and the Network has given the node its address. */
  AddressReady: 'AddressReady',
  /** One container runs, on its volumes and at its address. */
  ContainerReady: 'ContainerReady',
  /** `kubeadm init` or `kubeadm join` has succeeded in it. */
  Bootstrapped: 'Bootstrapped',
  /** Its cluster calls the node Ready. */
  Healthy: 'Healthy',
  /** It leads connections to Services on, so that load balancers may send it some. */
  ServicesReady: 'ServicesReady',
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
  /** Every Node of the cluster has an address in the subnet. */
  SubnetReady: 'SubnetReady',
  /** The Docker network exists, with the subnet in `status.subnet`. */
  DockerNetworkReady: 'DockerNetworkReady',
  Deleting: 'Deleting',
  Paused: 'Paused',
  Stalled: 'Stalled',
} as const;

export const UserCondition = {
  Ready: 'Ready',
  /** The namespace of the user exists, and is theirs. */
  NamespaceReady: 'NamespaceReady',
  /** The user, and every administrator, may work in that namespace. */
  AccessReady: 'AccessReady',
  /** The service account has its present key, which has not expired, and the owner has their `cli.json`. */
  AccountReady: 'AccountReady',
  Deleting: 'Deleting',
  Paused: 'Paused',
  Stalled: 'Stalled',
} as const;

export const AddressPoolCondition = {
  Ready: 'Ready',
  /** Its addresses are known, no older pool has one of them, and an interface carries them. */
  AddressesReady: 'AddressesReady',
  Deleting: 'Deleting',
  Paused: 'Paused',
  Stalled: 'Stalled',
} as const;

export const LoadBalancerCondition = {
  Ready: 'Ready',
  /** It has its address, which it keeps. */
  AddressReady: 'AddressReady',
  /** It has every port that it asks for on that address. */
  PortsReady: 'PortsReady',
  /** At least one member takes connections. */
  MembersReady: 'MembersReady',
  /** The host balances as it is written here. */
  DataplaneReady: 'DataplaneReady',
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

  /** Something was thrown that nobody foresaw: its text is the message. Tried again. */
  Error: 'Error',

  /** The image is being pulled; the message has the last line of progress. */
  PullingImage: 'PullingImage',
  /** No image is named, and none is known to take: set `spec.image`, or build one with `make up`. */
  NoImageKnown: 'NoImageKnown',
  /** The Docker network is being made, or the node's address is not given yet. */
  CreatingNetwork: 'CreatingNetwork',
  /** The Docker network has no IPv4 subnet: remove it, and it is made again. */
  NoSubnet: 'NoSubnet',
  /** The subnet has no address left: scale the cluster down. */
  SubnetFull: 'SubnetFull',
  /** The container that the operator runs in is gone: `make up` brings it back. */
  ManagementMissing: 'ManagementMissing',
  /** A Network that is deleted waits for its Nodes to go. */
  NodesRemain: 'NodesRemain',
  /** The container is being made or started. */
  StartingContainer: 'StartingContainer',
  /** The container was there and is not: it is made again on its volumes. */
  RecreatingContainer: 'RecreatingContainer',
  /** `kubeadm init` runs; the message is the last line of its log. */
  Bootstrapping: 'Bootstrapping',
  /** `kubeadm join` runs; the message is the last line of its log. */
  Joining: 'Joining',
  /** The volumes of the control plane were gone, and with them everything in its cluster, which was made anew. */
  DataLost: 'DataLost',
  /** The API server does not answer yet, or not any more. */
  ControlPlaneStarting: 'ControlPlaneStarting',
  /** Add-ons are being applied, or DNS is not available yet. */
  InstallingAddons: 'InstallingAddons',
  /** containerd or the kubelet was stopped in the node, and is started. */
  RestartingService: 'RestartingService',
  /** The cluster has lost its Kubernetes node, which is registered again. */
  Registering: 'Registering',
  /** The container was started, and its kubelet has told the cluster nothing since. */
  KubeletStarting: 'KubeletStarting',
  /** The node is Ready, and its kube-proxy has not written its rules yet; load balancers send it nothing. */
  ServiceProxyStarting: 'ServiceProxyStarting',
  /** Said in a cluster, of a pod: the node that it is on does not run. Its kubelet says otherwise when it does again. */
  NodeDown: 'NodeDown',
  /** The kubelet has not registered the node, or its cluster does not call it Ready; in the cluster's words. */
  NodeNotReady: 'NodeNotReady',
  /** Nodes are being added, or are leaving. */
  Scaling: 'Scaling',
  /** Pods are being evicted; those that remain are named. After two minutes the node goes all the same. */
  Draining: 'Draining',
  /** What belongs to the object is being removed. */
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
  /** CPUs and memory were changed, and the kubelet does not say so yet. */
  ApplyingResources: 'ApplyingResources',
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
  /** What adopting would do is said, and nothing was done: confirm it by an annotation, as the message says. */
  DryRun: 'DryRun',
  /** The containers are being taken over. */
  Adopting: 'Adopting',
  /** The confirmation was taken away: what kind made is left as it is, and stays when the Cluster is deleted. */
  Released: 'Released',
  /** An adopted worker joins anew when its container is removed; what was on its disk is lost. */
  JoinsAnew: 'JoinsAnew',
  /** An adopted control plane has its cluster's data in its container: when that is removed, the cluster is lost. */
  DataInContainer: 'DataInContainer',
  /** `spec.access` is Revoked: the user has neither credentials nor rights. Their clusters stay. */
  Revoked: 'Revoked',
  /** A User that is deleted waits for the clusters in their namespace: delete those that are named. */
  ClustersRemain: 'ClustersRemain',
  /** An AddressPool that is deleted waits for those that have its addresses: delete those that are named. */
  AddressesInUse: 'AddressesInUse',
  /** No member of a LoadBalancer is ready: its nodes are off, or on their way. */
  NoMembers: 'NoMembers',
  /** What was written is being made so in the host's kernel. */
  Programming: 'Programming',
} as const;
export type Reason = keyof typeof Reason;
