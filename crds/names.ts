/** The names that every part of the system agrees on: the API group, and the keys of labels, annotations and finalizers. */

export const GROUP = 'qbo.io';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}` as const;

/** Held until everything that an object made outside the API is gone. */
export const FINALIZER = 'qbo.io/finalizer';

/** Labels on API objects and on Docker containers, networks and volumes. What has no `id` label is not ours. */
export const Label = {
  /** Identity of the owner: the object's uid, unless the object carries an annotation of this name. */
  id: 'qbo.io/id',
  /** Name of the cluster that it belongs to. */
  cluster: 'qbo.io/cluster',
  /** `control-plane` or `worker`. */
  role: 'qbo.io/role',
  /** Which installation of the operator made it, so that two on one engine leave each other's objects alone. */
  instance: 'qbo.io/instance',
  /** The owner's namespace, name and kind: for people who read `docker inspect`; never used as identity. */
  namespace: 'qbo.io/namespace',
  name: 'qbo.io/name',
  kind: 'qbo.io/kind',
  /** On a namespace: name of the User whose it is. On one that we did not make, that is the leave to use it. */
  user: 'qbo.io/user',
  /** On a node's volumes: what its container was made with, for the day when neither that nor the Node is there. */
  recipe: 'qbo.io/recipe',
  /** On a LoadBalancer: uid of the Service that it was made for, and the Service's namespace and name for people. */
  serviceID: 'qbo.io/service-id',
  serviceNamespace: 'qbo.io/service-namespace',
  serviceName: 'qbo.io/service-name',
  /** kind's own labels, by which its command line finds our clusters. */
  kindCluster: 'io.x-k8s.kind.cluster',
  kindRole: 'io.x-k8s.kind.role',
} as const;

export const Annotation = {
  /** Immutable identity of an object that was adopted, claimed or rebuilt; takes the place of its uid. */
  id: 'qbo.io/id',
  /** Any value but `false`: the object is left as it is. */
  paused: 'qbo.io/paused',
  /** On a Cluster: the name under which kind knows a cluster that is to be taken over. Alone it is a dry run. */
  adopt: 'qbo.io/adopt',
  /** On a Cluster: the same name once more, to have done what the dry run announced. */
  adoptConfirmed: 'qbo.io/adopt-confirmed',
  /** Any value but `false` on a Cluster: its Services of type LoadBalancer get their address as `spec.externalIPs` too. */
  externalIPs: 'qbo.io/external-ips',
  /** On a LoadBalancer that was made for a Service: what was applied last, in short. */
  applied: 'qbo.io/applied',
  /** On a Service in a cluster of ours: name of the AddressPool that its address is to be from. */
  pool: 'qbo.io/address-pool',
  /** Any value but `false` on a worker Node: scaling down takes this one before any other. */
  removeFirst: 'qbo.io/remove-first',
} as const;

/** `spec.loadBalancerClass` of a Service that asks for us by name. One that names another is left to that. */
export const LOAD_BALANCER_CLASS = 'qbo.io/load-balancer';
