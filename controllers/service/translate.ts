import { createHash } from 'node:crypto';
import type { Cluster } from '../../crds/cluster.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { maskedBlock } from '../../crds/ip.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { Annotation, Label, LOAD_BALANCER_CLASS } from '../../crds/names.ts';
import type { Node } from '../../crds/node.ts';
import { isDeleting, ownedBy } from '../identity.ts';
import type { ApplyConfiguration } from '../kube/client.ts';
import type { EndpointSlice, Service } from '../kube/kinds.ts';
import { isSameJson } from '../runtime/json.ts';
import type { Stored } from '../runtime/object.ts';

/** Of type LoadBalancer, and not left to somebody else. */
export const isToBalance = (service: Service): boolean =>
  !isDeleting(service) &&
  service.spec?.type === 'LoadBalancer' &&
  [undefined, LOAD_BALANCER_CLASS].includes(service.spec.loadBalancerClass);

/** Only nodes with endpoints answer, and pods see who asks. */
export const isLocal = ({ spec }: Service): boolean => spec?.externalTrafficPolicy === 'Local';

export interface Around {
  readonly cluster: Stored<Cluster>;
  readonly nodes: readonly Node[];
  /** Of this Service; needed when it is local. */
  readonly slices: readonly EndpointSlice[];
}

/** Kubernetes' own default of sessionAffinity ClientIP. */
const AFFINITY_SECONDS = 10_800;

/** The LoadBalancer of a Service. What it does not say is a user's to set. */
export function loadBalancerFor(service: Stored<Service>, around: Around): ApplyConfiguration & { spec: object } {
  const { cluster } = around;
  const spec = specFor(service, around);
  const { name, namespace = '', uid } = service.metadata;
  return {
    apiVersion: LoadBalancerKind.apiVersion,
    kind: LoadBalancerKind.kind,
    metadata: {
      name: nameFor(cluster, service),
      namespace: cluster.metadata.namespace ?? '',
      labels: {
        [Label.cluster]: cluster.metadata.name,
        [Label.serviceID]: uid,
        [Label.serviceNamespace]: namespace,
        [Label.serviceName]: name,
      },
      annotations: {
        [Annotation.applied]: hash(JSON.stringify(spec)).slice(0, 16),
        ...(wantsExternalIPs(cluster) && { [Annotation.externalIPs]: 'true' }),
      },
      ownerReferences: [ownedBy(cluster)],
    },
    spec,
  };
}

/** QBO's manner, when the cluster asks for it: the address is one of the Service's external addresses too. */
export const wantsExternalIPs = ({ metadata }: Cluster): boolean =>
  ![undefined, 'false'].includes(metadata.annotations?.[Annotation.externalIPs]);

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const ROOM_FOR_NAMES = 100;

/** For people to recognise, and never the same for two Services, also of two clusters. */
function nameFor({ metadata }: Stored<Cluster>, service: Stored<Service>): string {
  const readable = `${metadata.name}-${service.metadata.name}`.slice(0, ROOM_FOR_NAMES);
  return `${readable}-${hash(`${metadata.uid} ${service.metadata.uid}`).slice(0, 8)}`;
}

function specFor(service: Stored<Service>, { cluster, nodes, slices }: Around) {
  const hasNodePorts = hasNodePort(service);
  return {
    cluster: cluster.metadata.name,
    ports: portsOf(service, hasNodePorts),
    members: isLocal(service) ? nodesWithEndpoints(nodes, slices) : [{ role: 'worker', weight: 1 }],
    forwarding: hasNodePorts ? 'Masquerade' : 'Direct',
    clientAddress: isLocal(service) || isSticky(service) ? 'Kept' : 'Hidden',
    ...healthCheckOf(service),
    ...wishesOf(service),
  };
}

/**
 * A node that drops what it has no endpoint for says on a port of its own whether it has one by now: its kube-proxy learns of
 * an endpoint no earlier than anybody else.
 */
function healthCheckOf({ spec }: Service) {
  const port = spec?.healthCheckNodePort ?? 0;
  return port === 0 ? {} : { healthCheck: { ...HEALTH_CHECK, port } };
}

/** Whole, with what would be the default: it is compared with what is stored. */
const HEALTH_CHECK = {
  ...{ protocol: 'HTTP', path: '/healthz', payload: '' },
  ...{ intervalSeconds: 5, timeoutSeconds: 2, failures: 3, successes: 1 },
} as const;

/** Without node ports a node takes packets for the address itself, as its kube-proxy has it. */
const hasNodePort = ({ spec }: Service): boolean =>
  (spec?.ports ?? []).every(({ nodePort }) => nodePort !== undefined && nodePort !== 0);

const portsOf = ({ spec }: Service, hasNodePorts: boolean) =>
  (spec?.ports ?? []).map(({ name, protocol = 'TCP', port, nodePort = port }) => ({
    ...(name !== undefined && { name }),
    protocol,
    port,
    targetPort: hasNodePorts ? nodePort : port,
  }));

const isSticky = ({ spec }: Service): boolean => spec?.sessionAffinity === 'ClientIP';

/** What it asks for beyond ports and members; what it does not say is not set. */
function wishesOf(service: Service) {
  const { spec = {}, metadata } = service;
  const pool = metadata.annotations?.[Annotation.pool];
  const sourceRanges = rangesOf(spec.loadBalancerSourceRanges ?? []);
  const address = spec.loadBalancerIP ?? '';
  return {
    ...(isSticky(service) && { persistenceSeconds: affinitySeconds(service) }),
    ...(sourceRanges.length > 0 && { sourceRanges }),
    ...(address !== '' && { address }),
    ...(pool !== undefined && { pool }),
  };
}

/** Kubernetes lets them be written with blanks and host bits. What can not be read is left, for the API server to refuse in its words. */
const rangesOf = (ranges: readonly string[]): readonly string[] => [
  ...new Set(ranges.map((range) => maskedBlock(range.trim()) ?? range.trim())),
];

const affinitySeconds = ({ spec }: Service): number =>
  spec?.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS;

function nodesWithEndpoints(nodes: readonly Node[], slices: readonly EndpointSlice[]) {
  const hostnames = new Set(
    slices
      .flatMap(({ endpoints = [] }) => endpoints)
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ nodeName }) => nodeName ?? []),
  );
  return nodes
    .filter(({ status }) => hostnames.has(status?.hostname ?? ''))
    .map(({ metadata }) => ({ node: metadata.name, weight: 1 }))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** Whether the LoadBalancer is what its Service asks for; fields that nobody asked for are not looked at. */
export function isAsAsked(found: LoadBalancer, wanted: ApplyConfiguration & { spec: object }): boolean {
  const spec = found.spec as unknown as Readonly<Record<string, unknown>>;
  return (
    Object.entries(wanted.spec).every(([field, value]) => isSameJson(spec[field], value)) &&
    isSubset(wanted.metadata.labels, found.metadata.labels) &&
    isSubset(wanted.metadata.annotations, found.metadata.annotations) &&
    Annotation.externalIPs in (found.metadata.annotations ?? {}) ===
      Annotation.externalIPs in (wanted.metadata.annotations ?? {})
  );
}

const isSubset = (part: Readonly<Record<string, string>> = {}, whole: Readonly<Record<string, string>> = {}): boolean =>
  Object.entries(part).every(([name, value]) => whole[name] === value);
