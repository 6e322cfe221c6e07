import { parseAllDocuments } from 'yaml';
import { Label } from '../../../crds/names.ts';
import { isKindMade } from '../../adopted.ts';
import type { Container, ContainerNetwork, Volume } from '../../backends/containers.ts';
import { ownerKeyOf } from '../../backends/kind-made.ts';
import { BOOTSTRAP } from '../../node/bootstrap-script.ts';
import { readRecipe } from '../../node/recipe.ts';
import type { World } from '../../world.ts';

/** One node of a cluster that nobody here knows yet, as the engine has it. */
export interface FoundNode {
  /** Identity that its Node gets. */
  readonly id: string;
  /** Name that its Node gets. */
  readonly name: string;
  readonly role: string;
  readonly image: string;
  /** Of its container, or of its volumes. */
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: only its volumes are left. */
  readonly container?: Container;
  /** Installation of ours that made it; absent: kind did. */
  readonly instance?: string;
}

export interface FoundCluster {
  /** Control planes first. */
  readonly nodes: readonly FoundNode[];
  /** The network that all of them are in; undefined when there is none, or it is gone. */
  readonly network: ContainerNetwork | undefined;
  /** Of kubeadm's configuration, where it can be read. */
  readonly podCIDR?: string;
  readonly serviceCIDR?: string;
  readonly version?: string;
  /** A control plane container in which kubeadm has done its work. */
  readonly isComplete: boolean;
}

type Look = Pick<World, 'containers'> & { readonly settings: Pick<World['settings'], 'instance'> };

/** What there is of a cluster by the name under which kind knows it: containers of kind's, and of ours. */
export async function findCluster(world: Look, kindName: string, signal: AbortSignal): Promise<FoundCluster> {
  const { containers, settings } = world;
  const present = await containers.list({ [Label.kindCluster]: kindName }, signal);
  const volumes = await containers.volumes.list({ [Label.instance]: settings.instance }, signal);
  const nodes = [...present.map(fromContainer), ...fromVolumes(volumes, kindName, present)].sort(controlPlanesFirst);
  const networks = await containers.networks.list(signal);
  const [first] = nodes;
  return {
    nodes,
    network: networks.find(({ id }) => first?.container?.networks.includes(id) === true) ?? recorded(first, networks),
    // What only volumes are left of was complete, or nothing can be said of it.
    isComplete: first !== undefined && first.container === undefined,
    ...recipeNetworking(volumes, kindName),
    ...(first?.container !== undefined && (await inside(world, first.container, signal))),
  };
}

function fromContainer(container: Container): FoundNode {
  const { id, labels, hostname, image } = container;
  const instance = labels[Label.instance];
  return {
    id: ownerKeyOf(container) ?? id,
    // kind's nodes have the name of their host; ours have one with a domain.
    name: isKindMade(container) ? hostname : (labels[Label.name] ?? hostname),
    role: labels[Label.kindRole] ?? '',
    image: image.reference,
    labels,
    container,
    ...(instance !== undefined && { instance }),
  };
}

/** Nodes whose containers were removed: their volumes outlive them. One of the volumes stands for each. */
function fromVolumes(volumes: readonly Volume[], kindName: string, present: readonly Container[]): FoundNode[] {
  const known = new Set(present.map(ownerKeyOf));
  const found = new Map<string, FoundNode>();
  for (const { owner, labels } of volumes) {
    const recipe = readRecipe(labels);
    if (owner === undefined || recipe?.kindName !== kindName || known.has(owner)) continue;
    const { [Label.name]: name = '', [Label.role]: role = '', [Label.instance]: instance = '' } = labels;
    found.set(owner, { id: owner, name, role, image: recipe.image, labels, instance });
  }
  return [...found.values()];
}

function recipeNetworking(volumes: readonly Volume[], kindName: string): Partial<FoundCluster> {
  const recipe = volumes.map(({ labels }) => readRecipe(labels)).find((each) => each?.kindName === kindName);
  return recipe === undefined ? {} : { podCIDR: recipe.podCIDR, serviceCIDR: recipe.serviceCIDR };
}

/** Without a container to ask, a network of ours is known by its labels. */
function recorded(node: FoundNode | undefined, networks: readonly ContainerNetwork[]): ContainerNetwork | undefined {
  if (node?.instance === undefined) return undefined;
  const { labels } = node;
  const same = [Label.instance, Label.cluster, Label.namespace];
  return networks.find(
    (network) => network.owner !== undefined && same.every((key) => network.labels[key] === labels[key]),
  );
}

interface ClusterConfiguration {
  readonly kind?: string;
  readonly kubernetesVersion?: string;
  readonly networking?: { readonly podSubnet?: string; readonly serviceSubnet?: string };
}

/** kubeadm's configuration, where we or kind have left it. */
async function inside(
  { containers }: Pick<World, 'containers'>,
  { id }: Container,
  signal: AbortSignal,
): Promise<Partial<FoundCluster>> {
  const [ours, kinds, admin] = await Promise.all(
    [BOOTSTRAP.config, '/kind/kubeadm.conf', '/etc/kubernetes/admin.conf'].map((path) =>
      containers.readFile(id, path, signal),
    ),
  );
  const { kubernetesVersion, networking } =
    parseAllDocuments(ours ?? kinds ?? '')
      .map((document) => document.toJS() as ClusterConfiguration | null)
      .find((each) => each?.kind === 'ClusterConfiguration') ?? {};
  return {
    isComplete: admin !== undefined,
    ...(kubernetesVersion !== undefined && { version: kubernetesVersion }),
    ...(networking?.podSubnet !== undefined && { podCIDR: networking.podSubnet }),
    ...(networking?.serviceSubnet !== undefined && { serviceCIDR: networking.serviceSubnet }),
  };
}

const controlPlanesFirst = (a: FoundNode, b: FoundNode): number =>
  order(a) < order(b) ? -1 : Number(order(a) > order(b));
const order = ({ role, name }: FoundNode): string => `${role === 'control-plane' ? '0' : '1'} ${name}`;
