import { Annotation, FINALIZER, Label } from '../../../crds/names.ts';
import { NetworkKind } from '../../../crds/network.ts';
import { NodeKind } from '../../../crds/node.ts';
import { idOf, ownedBy } from '../../identity.ts';
import { BOOTSTRAP } from '../../node/bootstrap-script.ts';
import { networkOf } from '../../world.ts';
import type { ClusterScope } from '../scope.ts';
import type { FoundCluster, FoundNode } from './found.ts';

const KUBELET = '/etc/kubernetes/kubelet.conf';

/**
 * Declares a Network and Nodes for what was found, with the identities that their Docker objects have: from then on their
 * own reconcilers see to them. True while the cache does not show all of them yet.
 */
export async function take(scope: ClusterScope, found: FoundCluster): Promise<boolean> {
  const missing = found.nodes.filter(({ id }) => !scope.nodes.some((node) => idOf(node) === id));
  const isNetworkMissing = networkOf(scope.world, scope.object) === undefined;
  if (isNetworkMissing) await declareNetwork(scope, found);
  for (const node of missing) {
    await markBootstrapped(scope, node);
    await declareNode(scope, node);
  }
  return isNetworkMissing || missing.length > 0;
}

/** The proof that our own nodes have: kubeadm is not to be run in this one. */
async function markBootstrapped({ world, signal }: ClusterScope, { container, instance }: FoundNode): Promise<void> {
  if (container === undefined || instance !== undefined) return;
  if ((await world.containers.readFile(container.id, KUBELET, signal)) === undefined) return;
  const content = 'by kind, before the cluster was adopted\n';
  await world.containers.writeFiles(container.id, [{ path: BOOTSTRAP.done, content, mode: 0o644 }], signal);
}

async function declareNetwork({ object, world, signal }: ClusterScope, { network }: FoundCluster): Promise<void> {
  const { name, namespace = '' } = object.metadata;
  const { subnet } = object.spec.networking;
  const isOthers = network !== undefined && network.owner === undefined;
  await world.kube.apply(
    NetworkKind,
    {
      apiVersion: NetworkKind.apiVersion,
      kind: NetworkKind.kind,
      metadata: {
        name,
        namespace,
        labels: { [Label.cluster]: name },
        ...(network?.owner !== undefined && { annotations: { [Annotation.id]: network.owner } }),
        ownerReferences: [ownedBy(object)],
      },
      spec: {
        cluster: name,
        ...(subnet !== undefined && !isOthers && { subnet }),
        ...(isOthers && { dockerNetwork: network.name }),
      },
    },
    { fieldManager: 'qbo-cluster' },
    signal,
  );
}

async function declareNode({ object, world, signal }: ClusterScope, { id, name, role }: FoundNode): Promise<void> {
  const { name: cluster, namespace = '' } = object.metadata;
  await world.kube.apply(
    NodeKind,
    {
      apiVersion: NodeKind.apiVersion,
      kind: NodeKind.kind,
      metadata: {
        name,
        namespace,
        labels: { [Label.cluster]: cluster, [Label.role]: role },
        annotations: { [Annotation.id]: id },
        ownerReferences: [ownedBy(object)],
        finalizers: [FINALIZER],
      },
      spec: { cluster, role },
    },
    { fieldManager: 'qbo-cluster' },
    signal,
  );
}
