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
  /** Warning. Add-ons had been deleted in a cluster, and were applied again. */
  AddonsRestored: 'AddonsRestored',
  /** Warning. Somebody took from a Node or Network what shows whose it is: labels or owner reference. They are back. */
  TiesRestored: 'TiesRestored',
  /** Warning. The kubeconfig Secret had been deleted or changed, and is again what it should be. */
  KubeconfigRestored: 'KubeconfigRestored',
  /** The certificates were renewed, and the kubeconfig Secret follows; copies of the kubeconfig before end some day. */
  KubeconfigRenewed: 'KubeconfigRenewed',
  /** The API server is published on another address, and the kubeconfig Secret follows; copies from before lead to its node. */
  KubeconfigMoved: 'KubeconfigMoved',
  /** A Cluster has become Ready: for the first time, or again. */
  ClusterReady: 'ClusterReady',
  /** A Network has made its Docker network. */
  NetworkCreated: 'NetworkCreated',
  /** A Node has made its container: for the first time, or again on its volumes. */
  ContainerCreated: 'ContainerCreated',
  /** Warning. A container was gone, and was made again on its volumes. */
  ContainerRecreated: 'ContainerRecreated',
  /** Warning. A container was gone together with its volumes: says what is lost, and what comes in its place. */
  DataLost: 'DataLost',
  /** Warning. A container had been taken out of its network, and was attached again at its address. */
  NetworkRestored: 'NetworkRestored',
  /** Warning. A worker belonged to a cluster that is no more, and is restarted to join the one that took its place. */
  JoinsAgain: 'JoinsAgain',
  /** Warning. A container did not run and was started again. */
  ContainerRestarted: 'ContainerRestarted',
  /** A container that was stopped as asked is started, as asked. */
  ContainerStarted: 'ContainerStarted',
  /** A container is being stopped, as asked. Warning when somebody had started it. */
  ContainerStopping: 'ContainerStopping',
  /** A container is paused, as asked. Warning when somebody had let it go on, or started it. */
  ContainerPaused: 'ContainerPaused',
  /** A paused container goes on, as asked. Warning when it was somebody else who had paused it. */
  ContainerUnpaused: 'ContainerUnpaused',
  /** What a container may use of the host was changed, as asked. */
  ResourcesChanged: 'ResourcesChanged',
  /** Every container of a cluster is stopped, as asked. */
  ClusterStopped: 'ClusterStopped',
  /** Every container of a cluster is paused, as asked. */
  ClusterPaused: 'ClusterPaused',
  /** A Node has removed its container. */
  ContainerRemoved: 'ContainerRemoved',
  /** Warning. containerd or the kubelet was stopped in a node, and was started again. */
  ServiceRestarted: 'ServiceRestarted',
  /** Warning. The cluster had lost its Kubernetes node; the kubelet was restarted to register it again. */
  NodeRegistered: 'NodeRegistered',
  /** A Kubernetes node was deleted whose Node had gone while the cluster could not be asked. */
  NodeForgotten: 'NodeForgotten',
  /** Warning. A node was unhealthy for too long, and its container is restarted; told before it is done. */
  Restarting: 'Restarting',
  /** Warning. A restart did not make a node healthy, and its container is made anew; told before it is done. */
  Replacing: 'Replacing',
  /** Warning. Nodes are unhealthy for too long, and none is remedied, because most are at once. */
  RemediationHeldBack: 'RemediationHeldBack',
  /** Warning. Restarting and replacing a node, twice, did not help, and nothing more is done by itself. */
  RemediationExhausted: 'RemediationExhausted',
  /** A node that was restarted or replaced is healthy again. */
  Remedied: 'Remedied',
  /** Certificates of a Node are being renewed, because one of them ends soon. */
  RenewingCertificates: 'RenewingCertificates',
  /** Certificates of a Node have been renewed; the message has the next end. */
  CertificatesRenewed: 'CertificatesRenewed',
  /** kubeadm has made a Node's container a node of its cluster. */
  Bootstrapped: 'Bootstrapped',
  /** A Cluster has taken over the containers of a cluster that kind, or a lost installation, has made. */
  ClusterAdopted: 'ClusterAdopted',
  /** A User has got a key for the service account: the first, or a new one after a rotation. */
  AccountCreated: 'AccountCreated',
  /** Warning. The key of a service account was gone or had been changed, and a new one was made: take cli.json again. */
  AccountRestored: 'AccountRestored',
  /** Credentials and rights of a User were taken away, as asked. */
  AccessRevoked: 'AccessRevoked',
  /** A LoadBalancer has got its address. */
  AddressGiven: 'AddressGiven',
} as const;
export type EventReason = keyof typeof EventReason;
