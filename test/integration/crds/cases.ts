import type { KubeObject } from '../../../controllers/runtime/object.ts';
import { AddressPoolKind } from '../../../crds/address-pool.ts';
import { ClusterKind } from '../../../crds/cluster.ts';
import type { Kind } from '../../../crds/kind.ts';
import { LoadBalancerKind } from '../../../crds/load-balancer.ts';
import { NetworkKind } from '../../../crds/network.ts';
import { NodeKind } from '../../../crds/node.ts';
import { UserKind } from '../../../crds/user.ts';
import { balancingCases } from './balancing-cases.ts';

/** Writes that the API server and its in-memory twin must answer alike. */
export interface Case {
  /** Completes the name of a test: "the API server refuses ...". */
  readonly what: string;
  readonly kind: 'Cluster' | 'Node' | 'Network' | 'User' | 'AddressPool' | 'LoadBalancer';
  readonly name?: string;
  readonly spec: object;
  /** The spec that is stored before, when the write is an update. */
  readonly before?: object;
  /** Where and in which words it is refused; absent when it is accepted. */
  readonly refused?: { readonly path: string; readonly words: string };
}

/** The kinds that have cases, by name. */
export const KINDS: Readonly<Record<Case['kind'], Kind<KubeObject>>> = {
  Cluster: ClusterKind,
  Node: NodeKind,
  Network: NetworkKind,
  User: UserKind,
  AddressPool: AddressPoolKind,
  LoadBalancer: LoadBalancerKind,
};

const cluster = (what: string, spec: object, refused?: Case['refused']): Case => ({
  what,
  kind: 'Cluster',
  spec,
  ...(refused === undefined ? {} : { refused }),
});

const networking = (what: string, blocks: Record<string, string>, field?: string, words?: string): Case =>
  cluster(
    what,
    { networking: blocks },
    field === undefined || words === undefined ? undefined : { path: `spec.networking.${field}`, words },
  );

const changeOf =
  (kind: Case['kind']) =>
  (what: string, before: object, spec: object, path?: string): Case => ({
    what,
    kind,
    before,
    spec,
    ...(path === undefined ? {} : { refused: { path, words: 'can not be changed' } }),
  });

/** A spec of which everything that can be left out is. */
const SMALLEST: Readonly<Record<Case['kind'], object>> = {
  Cluster: {},
  Node: { cluster: 'dev' },
  Network: { cluster: 'dev' },
  User: { email: 'a@b' },
  AddressPool: {},
  LoadBalancer: { ports: [{ port: 80 }], members: [{ address: '10.0.0.1' }] },
};

const user = (what: string, spec: object, refused?: Case['refused']): Case => ({
  what,
  kind: 'User',
  spec: { ...SMALLEST.User, ...spec },
  ...(refused === undefined ? {} : { refused }),
});

const named = (kind: Case['kind'], what: string, name: string, refused: boolean): Case => ({
  what,
  kind,
  name,
  spec: SMALLEST[kind],
  ...(refused ? { refused: { path: 'metadata.name', words: `no ${kind} can have this name` } } : {}),
});

const accepted: readonly Case[] = [
  cluster('a cluster of which nothing is said', {}),
  cluster('a cluster without workers', { workers: 0 }),
  cluster('a cluster with 100 workers', { workers: 100 }),
  cluster('an image with a registry, a port and a digest', {
    image: `registry.example.com:5000/team/node:v1.35.4@sha256:${'a'.repeat(64)}`,
  }),
  cluster('an image with nothing but a name', { image: 'node' }),
  cluster('a domain of 46 characters', { domain: `${'a'.repeat(42)}.lab` }),
  cluster('power and remediation', { power: 'Paused', remediation: { mode: 'Disabled', timeout: '1h30m' } }),
  cluster('resources as people write them', { resources: { cpu: 2, memory: '2Gi' } }),
  cluster('resources as programs write them', { resources: { cpu: '1500m', memory: '1.5e9' } }),
  cluster('only a limit of memory, in bytes', { resources: { memory: 2_147_483_648 } }),
  cluster('resources of which nothing is said', { resources: {} }),
  {
    what: 'a worker with little',
    kind: 'Node',
    spec: { cluster: 'dev', resources: { cpu: '100m', memory: '512Mi' } },
  },
  {
    what: 'a control plane with enough',
    kind: 'Node',
    spec: { cluster: 'dev', role: 'control-plane', resources: { cpu: 1, memory: '1Gi' } },
  },
  changeOf('Cluster')('other resources', { resources: { cpu: 1 } }, { resources: { cpu: '2', memory: '4Gi' } }),
  networking('a subnet beside the default blocks', { subnet: '172.18.0.0/24' }),
  networking('the largest blocks', { podCIDR: '10.0.0.0/12', serviceCIDR: '10.16.0.0/12' }),
  networking('a pod network that ends where the services begin', {
    podCIDR: '10.80.0.0/12',
    serviceCIDR: '10.96.0.0/24',
  }),
  networking('blocks of the shared address space', { podCIDR: '100.64.0.0/16', subnet: '100.65.0.0/24' }),
  cluster('15 workers on a pod network for 16 nodes', { workers: 15, networking: { podCIDR: '10.244.0.0/20' } }),
  changeOf('Cluster')('another number of workers', { workers: 1 }, { workers: 5 }),
  changeOf('Cluster')(
    'the defaults written out',
    {},
    { domain: 'localhost', networking: { podCIDR: '10.244.0.0/16' } },
  ),
  named('Cluster', 'a cluster name of 63 characters', 'c'.repeat(63), false),
  named('Node', 'a node name of 40 characters', 'n'.repeat(40), false),
  { what: 'a control plane Node', kind: 'Node', spec: { cluster: 'dev', role: 'control-plane' } },
  { what: 'a Network without a subnet', kind: 'Network', spec: { cluster: 'dev' } },
  user('a user of whom only the e-mail is known', {}),
  user('an administrator with a namespace of their own choice', { role: 'admin', namespace: 'team-a' }),
  user('credentials that end', { credentials: { rotation: 3, lifetime: '720h', webTokenLifetime: '30m' } }),
  user('who may log in', { kubernetesUsers: ['system:serviceaccount:team:ci', 'oidc:alice@example.com'] }),
  changeOf('User')(
    'another role, access and rotation',
    { email: 'a@b' },
    { email: 'c@d', role: 'admin', access: 'Revoked', credentials: { rotation: 1 } },
  ),
  named('User', 'a user name of 59 characters', 'u'.repeat(59), false),
];

const ODD = 'an even number never makes sense, because etcd needs a majority';
const IMAGE = { path: 'spec.image', words: 'not the name of an image' };
const DOMAIN = { path: 'spec.domain', words: "not a cluster's domain" };
const CIDR = 'not an IPv4 CIDR';
const ALIGNED = 'not a network address';

const refused: readonly Case[] = [
  cluster('2 control planes', { controlPlanes: 2 }, { path: 'spec.controlPlanes', words: ODD }),
  cluster(
    '3 control planes',
    { controlPlanes: 3 },
    { path: 'spec.controlPlanes', words: '3 and 5 come with a later release' },
  ),
  cluster('an unknown power', { power: 'Off' }, { path: 'spec.power', words: '' }),
  cluster(
    'a remediation that is too impatient',
    { remediation: { timeout: '5s' } },
    { path: 'spec.remediation.timeout', words: 'not a duration of 30s or more' },
  ),
  cluster(
    'a duration in words',
    { remediation: { timeout: 'soon' } },
    { path: 'spec.remediation.timeout', words: 'not a duration of 30s or more' },
  ),
  cluster(
    'less than a CPU for each node',
    { resources: { cpu: '900m' } },
    { path: 'spec.resources.cpu', words: 'not a quantity of 1 or more' },
  ),
  cluster(
    'CPUs in words',
    { resources: { cpu: 'two' } },
    { path: 'spec.resources.cpu', words: 'not a quantity of 1 or more' },
  ),
  cluster(
    'fewer CPUs than none',
    { resources: { cpu: -2 } },
    { path: 'spec.resources.cpu', words: 'not a quantity of 1 or more' },
  ),
  cluster('half a CPU as a number', { resources: { cpu: 1.5 } }, { path: 'spec.resources.cpu', words: '' }),
  cluster('CPUs that are a list', { resources: { cpu: [2] } }, { path: 'spec.resources.cpu', words: '' }),
  cluster(
    'memory with a unit that is none',
    { resources: { memory: '2GiB' } },
    { path: 'spec.resources.memory', words: 'not a quantity of 1Gi or more' },
  ),
  cluster(
    'memory in a number of gigabytes',
    { resources: { memory: 2 } },
    { path: 'spec.resources.memory', words: 'not a quantity of 1Gi or more' },
  ),
  {
    what: 'a worker with too little',
    kind: 'Node',
    spec: { cluster: 'dev', resources: { memory: '256Mi' } },
    refused: { path: 'spec.resources.memory', words: 'not a quantity of 512Mi or more' },
  },
  {
    what: 'a control plane with as little as a worker may have',
    kind: 'Node',
    spec: { cluster: 'dev', role: 'control-plane', resources: { cpu: '500m' } },
    refused: { path: 'spec.resources.cpu', words: 'too little for a control plane' },
  },
  cluster('no control plane', { controlPlanes: 0 }, { path: 'spec.controlPlanes', words: 'only 1 control plane' }),
  cluster('-1 workers', { workers: -1 }, { path: 'spec.workers', words: '' }),
  cluster('101 workers', { workers: 101 }, { path: 'spec.workers', words: '' }),
  cluster('a number of workers in words', { workers: 'three' }, { path: 'spec.workers', words: '' }),
  cluster('an image of two words', { image: 'kindest node' }, IMAGE),
  cluster('an image without a name', { image: '' }, IMAGE),
  cluster('an image with a capital letter in its name', { image: 'Kindest/Node:v1' }, IMAGE),
  cluster('an image with an empty tag', { image: 'kindest/node:' }, IMAGE),
  cluster('an image of 256 characters', { image: 'a'.repeat(256) }, { path: 'spec.image', words: '' }),
  cluster('a domain with a capital letter', { domain: 'Lab' }, DOMAIN),
  cluster('a domain of 47 characters', { domain: `${'a'.repeat(43)}.lab` }, DOMAIN),
  cluster('an empty domain', { domain: '' }, DOMAIN),
  cluster('a domain that ends in a dot', { domain: 'lab.' }, DOMAIN),

  networking('a pod network that is no CIDR', { podCIDR: '10.244.0.0' }, 'podCIDR', CIDR),
  networking('a pod network of IPv6', { podCIDR: 'fd00::/64' }, 'podCIDR', CIDR),
  networking('a service network with an octet of 256', { serviceCIDR: '10.256.0.0/16' }, 'serviceCIDR', CIDR),
  networking('a subnet with a leading zero', { subnet: '172.018.0.0/24' }, 'subnet', CIDR),
  networking('a subnet of 33 bits', { subnet: '172.18.0.0/33' }, 'subnet', CIDR),
  networking('an empty subnet', { subnet: '' }, 'subnet', CIDR),
  networking('a subnet with host bits', { subnet: '172.18.0.5/24' }, 'subnet', ALIGNED),
  networking('a pod network with host bits', { podCIDR: '10.244.1.0/16' }, 'podCIDR', ALIGNED),
  networking('a subnet of loopback', { subnet: '127.0.1.0/24' }, 'subnet', 'not private'),
  networking('a pod network that belongs to others', { podCIDR: '8.8.0.0/16' }, 'podCIDR', 'not private'),
  networking('a subnet of a /25', { subnet: '172.18.0.0/25' }, 'subnet', 'must be a /24'),
  networking('a subnet of a /16', { subnet: '172.18.0.0/16' }, 'subnet', 'must be a /24'),
  networking('a pod network of a /21', { podCIDR: '10.244.0.0/21' }, 'podCIDR', 'no smaller than a /20'),
  networking('a pod network of a /11', { podCIDR: '10.224.0.0/11' }, 'podCIDR', 'no larger than a /12'),
  networking('a service network of a /25', { serviceCIDR: '10.96.0.0/25' }, 'serviceCIDR', 'no smaller than a /24'),
  networking(
    'a pod network that contains the services',
    { podCIDR: '10.96.0.0/12' },
    'podCIDR',
    'the pod network 10.96.0.0/12 and the service network 10.96.0.0/16 overlap',
  ),
  networking(
    'a pod network within the services',
    { podCIDR: '10.96.16.0/20' },
    'podCIDR',
    'the pod network 10.96.16.0/20 and the service network 10.96.0.0/16 overlap',
  ),
  networking(
    'a subnet within the pod network',
    { subnet: '10.244.7.0/24' },
    'subnet',
    'the subnet 10.244.7.0/24 and the pod network 10.244.0.0/16 overlap',
  ),
  networking(
    'a subnet within the services',
    { subnet: '10.96.7.0/24' },
    'subnet',
    'the subnet 10.96.7.0/24 and the service network 10.96.0.0/16 overlap',
  ),
  cluster(
    '16 workers on a pod network for 16 nodes',
    { workers: 16, networking: { podCIDR: '10.244.0.0/20' } },
    { path: 'spec', words: 'the pod network 10.244.0.0/20 is too small' },
  ),

  changeOf('Cluster')('an image that is changed', { image: 'node:v1' }, { image: 'node:v2' }, 'spec.image'),
  changeOf('Cluster')('an image that is added later', {}, { image: 'node:v1' }, 'spec.image'),
  changeOf('Cluster')('an image that is taken away', { image: 'node:v1' }, {}, 'spec.image'),
  changeOf('Cluster')('a domain that is changed', {}, { domain: 'lab' }, 'spec.domain'),
  changeOf('Cluster')(
    'a pod network that is changed',
    {},
    { networking: { podCIDR: '10.128.0.0/16' } },
    'spec.networking.podCIDR',
  ),
  changeOf('Cluster')(
    'a service network that is changed',
    {},
    { networking: { serviceCIDR: '10.97.0.0/16' } },
    'spec.networking.serviceCIDR',
  ),
  changeOf('Cluster')(
    'a subnet that is added later',
    {},
    { networking: { subnet: '172.18.0.0/24' } },
    'spec.networking.subnet',
  ),
  changeOf('Cluster')(
    'a subnet that is taken away',
    { networking: { subnet: '172.18.0.0/24' } },
    {},
    'spec.networking.subnet',
  ),
  changeOf('Node')('a node that moves to another cluster', { cluster: 'a' }, { cluster: 'b' }, 'spec.cluster'),
  changeOf('Node')(
    'a worker that turns control plane',
    { cluster: 'a' },
    { cluster: 'a', role: 'control-plane' },
    'spec.role',
  ),
  changeOf('Node')(
    "a node's image that is added later",
    { cluster: 'a' },
    { cluster: 'a', image: 'node' },
    'spec.image',
  ),
  changeOf('Network')('a network that moves to another cluster', { cluster: 'a' }, { cluster: 'b' }, 'spec.cluster'),
  changeOf('Network')(
    "a network's subnet that is changed",
    { cluster: 'a', subnet: '172.18.0.0/24' },
    { cluster: 'a', subnet: '172.18.1.0/24' },
    'spec.subnet',
  ),

  named('Cluster', 'a cluster name with a dot', 'dev.lab', true),
  named('Cluster', 'a cluster name of 64 characters', 'c'.repeat(64), true),
  named('Node', 'a node name of 41 characters', 'n'.repeat(41), true),
  named('Network', 'a network name with a dot', 'dev.lab', true),
  { what: 'a Node of no cluster', kind: 'Node', spec: {}, refused: { path: 'spec.cluster', words: '' } },
  {
    what: 'a Node of a cluster that can not be',
    kind: 'Node',
    spec: { cluster: 'Dev' },
    refused: { path: 'spec.cluster', words: 'not a name' },
  },
  {
    what: 'a Node with a role of its own',
    kind: 'Node',
    spec: { cluster: 'dev', role: 'etcd' },
    refused: { path: 'spec.role', words: '' },
  },
  {
    what: 'a Network with a subnet of a /16',
    kind: 'Network',
    spec: { cluster: 'dev', subnet: '172.18.0.0/16' },
    refused: { path: 'spec.subnet', words: 'must be a /24' },
  },
];

const EMAIL = { path: 'spec.email', words: 'not an e-mail address' };
const NOT_THEIRS = { path: 'spec.namespace', words: 'belong to the system' };

const refusedUsers: readonly Case[] = [
  user('an e-mail address without an @', { email: 'alice' }, EMAIL),
  user('an e-mail address with a space', { email: 'a b@c' }, EMAIL),
  user('two e-mail addresses', { email: 'a@b@c' }, EMAIL),
  user('an e-mail address of 255 characters', { email: `${'a'.repeat(253)}@b` }, { path: 'spec.email', words: '' }),
  user('a role that nobody knows', { role: 'root' }, { path: 'spec.role', words: '' }),
  user("the operator's own namespace", { namespace: 'qbo-system' }, NOT_THEIRS),
  user('the namespace of the keys', { namespace: 'qbo-accounts' }, NOT_THEIRS),
  user('the namespace of the sessions', { namespace: 'qbo-sessions' }, NOT_THEIRS),
  user("a namespace of Kubernetes' own", { namespace: 'kube-system' }, NOT_THEIRS),
  user('a namespace that can not be', { namespace: 'Team' }, { path: 'spec.namespace', words: 'not a name' }),
  user('a negative rotation', { credentials: { rotation: -1 } }, { path: 'spec.credentials.rotation', words: '' }),
  user(
    'a lifetime that is over at once',
    { credentials: { lifetime: '1s' } },
    { path: 'spec.credentials.lifetime', words: 'not a duration of 1m or more' },
  ),
  user(
    'a web login for ever',
    { credentials: { webTokenLifetime: '' } },
    { path: 'spec.credentials.webTokenLifetime', words: 'not a duration of 1m or more' },
  ),
  changeOf('User')(
    'a user who moves to another namespace',
    { email: 'a@b', namespace: 'a' },
    { email: 'a@b', namespace: 'b' },
    'spec.namespace',
  ),
  changeOf('User')(
    'a namespace that is named later',
    { email: 'a@b' },
    { email: 'a@b', namespace: 'b' },
    'spec.namespace',
  ),
  named('User', 'a user name of 60 characters', 'u'.repeat(60), true),
  named('User', 'a user name with a dot', 'alice.b', true),
  named('User', "the administrator's own name", 'local', true),
  named('User', 'the name whose service account every namespace has', 'default', true),
  { what: 'a User without an e-mail address', kind: 'User', spec: {}, refused: { path: 'spec.email', words: '' } },
];

export const cases: readonly Case[] = [...accepted, ...refused, ...refusedUsers, ...balancingCases];
