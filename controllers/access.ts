import type { Cluster } from '../crds/cluster.ts';
import type { Container } from './backends/containers.ts';
import { idOf } from './identity.ts';
import type { KubeClient } from './kube/client.ts';
import type { Stored } from './runtime/object.ts';
import { fromOutside } from './kind-kubeconfig.ts';
import { networkOf, nodesOf } from './world.ts';
import type { World } from './world.ts';

/** A way into a workload cluster, as its control plane's container has it now. */
export interface ClusterAccess {
  /** As cluster administrator whom no RBAC object has to exist for: it works from the API server's first answer on. */
  readonly client: KubeClient;
  /** https URL of the API server, as it is reached from outside the cluster. */
  readonly endpoint: string;
  /** The same as its nodes know it: kind's by a name that means something in its own network only. */
  readonly endpointForNodes: string;
  readonly certificateAuthority: string;
}

const ADMIN = '/etc/kubernetes/admin.conf';
/** Since Kubernetes 1.29 on the node where kubeadm init ran: in system:masters, as admin.conf was before. */
const SUPER_ADMIN = '/etc/kubernetes/super-admin.conf';

/** undefined while there is no running control plane that has its credentials. Does not ask whether the API answers. */
export async function clusterAccess(
  world: World,
  cluster: Stored<Cluster>,
  signal: AbortSignal,
): Promise<ClusterAccess | undefined> {
  const container = await controlPlaneContainer(world, cluster, signal);
  if (container?.state !== 'running') return undefined;
  const inside =
    (await world.containers.readFile(container.id, SUPER_ADMIN, signal)) ??
    (await world.containers.readFile(container.id, ADMIN, signal));
  const kubeconfig = usable(inside, addressOf(world, cluster, container));
  if (inside === undefined || kubeconfig === undefined) return undefined;
  return {
    client: world.workloads.connect(kubeconfig),
    endpointForNodes: serverOf(inside).endpoint,
    ...serverOf(kubeconfig),
  };
}

/** The kubeconfig that a person gets: kubeadm's admin.conf, whose rights RBAC can take away. */
export async function adminKubeconfig(
  world: World,
  cluster: Stored<Cluster>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const container = await controlPlaneContainer(world, cluster, signal);
  if (container === undefined) return undefined;
  const inside = await world.containers.readFile(container.id, ADMIN, signal);
  return usable(inside, addressOf(world, cluster, container));
}

const addressOf = (world: World, cluster: Stored<Cluster>, { addresses }: Container): string | undefined =>
  addresses[networkOf(world, cluster)?.status?.dockerNetworkID ?? ''];

/** undefined when it is not written to its end, or can not be used from outside for now. */
const usable = (inside: string | undefined, address: string | undefined): string | undefined =>
  inside === undefined || !isComplete(inside) ? undefined : fromOutside(inside, address);

async function controlPlaneContainer(
  world: World,
  cluster: Stored<Cluster>,
  signal: AbortSignal,
): Promise<Container | undefined> {
  const controlPlanes = nodesOf(world, cluster).filter(({ spec }) => spec.role === 'control-plane');
  const found = await Promise.all(controlPlanes.map((node) => world.containers.findByOwner(idOf(node), signal)));
  const containers = found.flat();
  return containers.find(({ state }) => state === 'running') ?? containers[0];
}

/** kubeadm may be writing it at this very moment: the client's key comes last. */
const isComplete = (kubeconfig: string): boolean => /client-key-data: \S+\s*$/m.test(kubeconfig);

/** By lines, as kubeadm writes it: to read it as YAML was a quarter of all that the operator computed. */
function serverOf(kubeconfig: string): { endpoint: string; certificateAuthority: string } {
  const endpoint = /^\s*server: (\S+)$/m.exec(kubeconfig)?.[1];
  const authority = /^\s*certificate-authority-data: (\S+)$/m.exec(kubeconfig)?.[1];
  if (endpoint === undefined || authority === undefined)
    throw new Error('kubeadm wrote a kubeconfig without a server, or without its authority');
  return { endpoint, certificateAuthority: Buffer.from(authority, 'base64').toString() };
}
