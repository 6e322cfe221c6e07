import { Annotation, Label } from '../../crds/names.ts';
import { ClusterKind, clusterSchema, type Cluster } from '../../crds/cluster.ts';
import { NodeKind } from '../../crds/node.ts';
import type { Containers } from '../../controllers/backends/containers.ts';
import { findCluster, type FoundCluster, type FoundNode } from '../../controllers/cluster/adoption/found.ts';
import { ipv4Of } from '../../controllers/cluster/adoption/judgement.ts';
import { idOf } from '../../controllers/identity.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import { NamespaceType } from '../../controllers/kube/kinds.ts';
import { readRecipe } from '../../controllers/node/recipe.ts';
import type { ObjectKey } from '../../controllers/runtime/object.ts';
import type { Instance } from '../management/instance.ts';

export interface RebuildOptions {
  readonly kube: KubeClient;
  readonly containers: Containers;
  readonly instance: Instance;
}

/** A cluster of which the engine has containers or volumes, and the API nothing. */
interface Lost extends ObjectKey {
  /** Name under which kind knows it. */
  readonly kindName: string;
}

/**
 * Declares the Clusters again whose containers or volumes are there and whose objects are lost with a former management
 * cluster. The operator then takes them over as they are, as it does with clusters of kind's. Returns a line for each.
 */
export async function rebuildClusters(options: RebuildOptions, signal: AbortSignal): Promise<readonly string[]> {
  const { kube, containers, instance } = options;
  const { items: nodes } = await kube.list(NodeKind, {}, signal);
  const known = new Set(nodes.map(idOf));
  const told: string[] = [];
  for (const lost of await lostClusters(options, known, signal)) {
    if ((await kube.get(ClusterKind, lost, signal)) !== undefined) continue;
    const found = await findCluster({ containers, settings: { instance: instance.name } }, lost.kindName, signal);
    await ensureNamespace(kube, lost.namespace, signal);
    const cluster = declared(lost, found);
    await kube.create(ClusterKind, cluster, signal);
    told.push(sentence(cluster, found));
  }
  return told;
}

async function lostClusters(
  { containers, instance }: RebuildOptions,
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<readonly Lost[]> {
  const [present, volumes] = await Promise.all([
    containers.list(instance.labels, signal),
    containers.volumes.list(instance.labels, signal),
  ]);
  const traces = [
    ...present.map(({ owner, labels }) => ({ owner, labels, kindName: labels[Label.kindCluster] })),
    ...volumes.map(({ owner, labels }) => ({ owner, labels, kindName: readRecipe(labels)?.kindName })),
  ];
  const lost = new Map<string, Lost>();
  for (const { owner, labels, kindName } of traces) {
    const { [Label.cluster]: name, [Label.namespace]: namespace } = labels;
    if (name === undefined || namespace === undefined || kindName === undefined) continue;
    // The management cluster has been looked after already, by who asks this.
    if (name === instance.management || (owner !== undefined && known.has(owner))) continue;
    lost.set(`${namespace}/${name}`, { namespace, name, kindName });
  }
  return [...lost.values()].sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
}

const isOurs = ({ instance }: FoundNode): boolean => instance !== undefined;

/** What kind made is taken over only when a person says so; what is ours was ours before. */
function declared({ name, namespace, kindName }: Lost, found: FoundCluster): Cluster {
  const { nodes, network, podCIDR, serviceCIDR } = found;
  const controlPlane = nodes.find(({ role }) => role === 'control-plane');
  const subnet = network?.owner === undefined ? undefined : ipv4Of(network.subnets);
  const { spec } = clusterSchema.parse({
    apiVersion: ClusterKind.apiVersion,
    kind: ClusterKind.kind,
    metadata: { name },
    spec: {
      ...(controlPlane !== undefined && { image: controlPlane.image }),
      workers: nodes.filter(({ role }) => role === 'worker').length,
      ...domainOf(nodes),
      power: powerOf(nodes),
      networking: {
        ...(podCIDR !== undefined && { podCIDR }),
        ...(serviceCIDR !== undefined && { serviceCIDR }),
        ...(subnet !== undefined && { subnet }),
      },
    },
  });
  const confirmed = nodes.every(isOurs) ? { [Annotation.adoptConfirmed]: kindName } : {};
  return {
    apiVersion: ClusterKind.apiVersion,
    kind: 'Cluster',
    metadata: { name, namespace, annotations: { [Annotation.adopt]: kindName, ...confirmed } },
    spec,
  };
}

function domainOf(nodes: readonly FoundNode[]): { domain?: string } {
  for (const { name, labels, container } of nodes) {
    const hostname = container?.hostname ?? readRecipe(labels)?.hostname ?? '';
    if (hostname.startsWith(`${name}.`)) return { domain: hostname.slice(name.length + 1) };
  }
  return {};
}

/** One that was stopped as a whole stays so; a single container that does not run is a fault, and is healed. */
function powerOf(nodes: readonly FoundNode[]): Cluster['spec']['power'] {
  const states = nodes.flatMap(({ container }) => container?.state ?? []);
  if (states.length === 0) return 'Running';
  if (states.every((state) => state === 'paused')) return 'Paused';
  return states.every((state) => state === 'exited' || state === 'created') ? 'Stopped' : 'Running';
}

async function ensureNamespace(kube: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  try {
    await kube.create(NamespaceType, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.code !== 409) throw error;
  }
}

function sentence({ metadata, spec }: Cluster, { nodes }: FoundCluster): string {
  const gone = nodes.filter(({ container }) => container === undefined).length;
  const lacking = gone === 0 ? '' : `, ${String(gone)} of them by their volumes alone`;
  const confirm = nodes.every(isOurs)
    ? ''
    : `; kind has made some of it, so confirm it: kubectl -n ${metadata.namespace ?? ''} describe cluster ${metadata.name}`;
  return `Cluster ${metadata.namespace ?? ''}/${metadata.name} is declared again: ${String(nodes.length)} nodes${lacking}, power ${spec.power}${confirm}`;
}

/** Installations that have containers here and no management node: how to bring each back. */
export async function orphanedInstances(
  { containers, instance }: Omit<RebuildOptions, 'kube'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const all = await containers.list({ [Label.instance]: '' }, signal);
  const names = new Set(all.map(({ labels }) => labels[Label.instance] ?? ''));
  return [...names]
    .filter((name) => name !== instance.name && !all.some((container) => container.name === `${name}-management`))
    .map(
      (name) =>
        `Installation "${name}" has containers here and no management node. Bring it back: QBO_INSTANCE=${name} make up`,
    );
}
