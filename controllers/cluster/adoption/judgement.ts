import type { Cluster } from '../../../crds/cluster.ts';
import { parseCIDR } from '../../../crds/cidr.ts';
import { Annotation } from '../../../crds/names.ts';
import type { FoundCluster, FoundNode } from './found.ts';

/** What the engine has is looked at from here; what the API already has is told. */
export interface Known {
  readonly instance: string;
  /** Names of Nodes in the Cluster's namespace that are somebody else's already. */
  readonly takenNames: ReadonlySet<string>;
  /** Identities of Nodes that belong to other Clusters, with the Cluster's name. */
  readonly managed: ReadonlyMap<string, string>;
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LONGEST_NAME = 40;

/** Why a cluster can not be taken over; empty when it can. */
export function refusals(cluster: Cluster, kindName: string, found: FoundCluster, known: Known): string[] {
  const { nodes, network } = found;
  if (nodes.length === 0) return [`the engine has no container with the label io.x-k8s.kind.cluster=${kindName}`];
  return [
    ...ofRoles(found),
    ...nodes.flatMap((node) => ofNode(node, known)),
    ...(found.isComplete || !hasControlPlane(nodes) ? [] : ['kubeadm has not done its work in the control plane']),
    ...(network === undefined && nodes.some(isKinds) ? ['its containers are in no Docker network that is there'] : []),
    ...ofSpec(cluster, found),
  ];
}

const isControlPlane = ({ role }: FoundNode): boolean => role === 'control-plane';
const hasControlPlane = (nodes: readonly FoundNode[]): boolean => nodes.some(isControlPlane);
const isKinds = ({ instance }: FoundNode): boolean => instance === undefined;

function ofRoles({ nodes }: FoundCluster): string[] {
  const controlPlanes = nodes.filter(isControlPlane).length;
  const odd = nodes.filter(({ role }) => role !== 'control-plane' && role !== 'worker');
  return [
    ...(controlPlanes === 0 ? ['it has no control plane'] : []),
    ...(controlPlanes > 1 ? [`it has ${String(controlPlanes)} control planes, and only 1 is possible so far`] : []),
    ...(odd.length > 0 ? [`${list(odd.map(({ name, role }) => `${name} (${role})`))} is no node`] : []),
  ];
}

function ofNode({ id, name, instance }: FoundNode, { instance: own, takenNames, managed }: Known): string[] {
  const cluster = managed.get(id);
  if (instance !== undefined && instance !== own) return [`${name} belongs to another installation, ${instance}`];
  if (cluster !== undefined) return [`${name} is a node of Cluster ${cluster} already`];
  if (takenNames.has(name)) return [`there is a Node ${name} already, of something else`];
  const isNameable = name.length <= LONGEST_NAME && NAME.test(name);
  return isNameable
    ? []
    : [`${name} can not be a Node's name, which has at most 40 lower-case letters, digits and '-'`];
}

function ofSpec({ spec }: Cluster, { nodes, podCIDR, serviceCIDR, network }: FoundCluster): string[] {
  const image = nodes.find(isControlPlane)?.image;
  const { networking } = spec;
  return [
    ...differs('spec.networking.podCIDR', networking.podCIDR, podCIDR),
    ...differs('spec.networking.serviceCIDR', networking.serviceCIDR, serviceCIDR),
    ...(spec.image === undefined ? [] : differs('spec.image', spec.image, image)),
    ...(networking.subnet === undefined || network === undefined
      ? []
      : differs('spec.networking.subnet', networking.subnet, ipv4Of(network.subnets))),
  ];
}

/** What is not known can not be wrong. All of these are fixed for the life of a Cluster. */
const differs = (field: string, asked: string, is: string | undefined): string[] =>
  is === undefined || asked === is
    ? []
    : [`${field} is ${asked}, but the cluster has ${is}: make this Cluster anew with that`];

export const ipv4Of = (subnets: readonly string[]): string | undefined =>
  subnets.find((subnet) => parseCIDR(subnet) !== undefined);

/** Everything that confirming would do, and what it can not do, for the person who decides. */
export function announcement(cluster: Cluster, kindName: string, found: FoundCluster): string {
  const { nodes, network, version } = found;
  const { name } = cluster.metadata;
  const containers = nodes.map((node) => `${node.role} ${node.name} (${described(node)})`);
  const keeps = nodes.some(isKinds) ? ', which stays as it is' : '';
  const subnet = network === undefined ? '' : ` with ${ipv4Of(network.subnets) ?? 'no IPv4 subnet'}`;
  const lines = [
    `Nothing was touched. Confirmed, Cluster ${name} takes over ${kindName}${version === undefined ? '' : `, Kubernetes ${version}`}:`,
    `${list(containers)};`,
    `Docker network ${network?.name ?? 'of its own, made anew'}${subnet}${keeps}.`,
    ...ofWorkers(cluster, nodes),
    ...ofLoss(nodes),
    `From then on its nodes are kept running, and deleting the Cluster removes these containers; to get them back as they are, take the confirmation away before.`,
    `To go on: kubectl annotate cluster ${name} -n ${cluster.metadata.namespace ?? 'default'} ${Annotation.adoptConfirmed}=${kindName}`,
  ];
  return lines.join(' ');
}

function described({ container, image }: FoundNode): string {
  if (container === undefined) return `only its volumes are left; its container is made again from ${image}`;
  const address = Object.values(container.addresses)[0];
  return [`container ${container.name}`, image, container.state, address]
    .filter((part) => part !== undefined)
    .join(', ');
}

function ofWorkers({ spec }: Cluster, nodes: readonly FoundNode[]): string[] {
  const workers = nodes.filter(({ role }) => role === 'worker').length;
  const more = spec.workers - workers;
  if (more === 0) return [];
  const has = `spec.workers is ${String(spec.workers)}, and it has ${String(workers)}`;
  return more > 0
    ? [`${has}: ${String(more)} more would join.`]
    : [`${has}: ${String(-more)} would be drained and REMOVED; set spec.workers to ${String(workers)} to keep all.`];
}

function ofLoss(nodes: readonly FoundNode[]): string[] {
  const kinds = nodes.filter(isKinds);
  if (kinds.length === 0) return [];
  const controlPlane = kinds.find(isControlPlane)?.name;
  return [
    'Not to be healed later:',
    ...(controlPlane === undefined
      ? []
      : [`the whole cluster is lost when container ${controlPlane} is removed, because its data are in it;`]),
    'a worker that is removed joins anew without what was on its disk.',
  ];
}

const list = (items: readonly string[]): string => items.join(', ');
