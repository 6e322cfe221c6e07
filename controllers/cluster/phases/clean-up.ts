import { kubeconfigSecret } from '../../../crds/cluster.ts';
import { Reason } from '../../../crds/conditions.ts';
import { Label } from '../../../crds/names.ts';
import { LoadBalancerKind } from '../../../crds/load-balancer.ts';
import { NetworkKind } from '../../../crds/network.ts';
import { NodeKind } from '../../../crds/node.ts';
import { whyStillThere } from '../../child.ts';
import { isDeleting, isOwnedBy } from '../../identity.ts';
import type { ResourceType } from '../../kube/client.ts';
import { SecretType } from '../../kube/kinds.ts';
import { keyOf } from '../../runtime/object.ts';
import type { KubeObject } from '../../runtime/object.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { networkOf } from '../../world.ts';
import { isOurs } from './kubeconfig.ts';
import type { ClusterScope } from '../scope.ts';

export const removeWorkers = (scope: ClusterScope): Promise<Step> => removeNodes(scope, 'worker');
export const removeControlPlanes = (scope: ClusterScope): Promise<Step> => removeNodes(scope, 'control-plane');

/** Those that a user declared too: without their cluster they are nothing. */
async function removeNodes({ nodes, world, signal }: ClusterScope, role: 'worker' | 'control-plane'): Promise<Step> {
  const remaining = nodes.filter(({ spec }) => spec.role === role);
  for (const node of remaining.filter((one) => !isDeleting(one))) {
    await world.kube.delete(NodeKind, keyOf(node), { uid: node.metadata.uid }, signal);
  }
  if (remaining.length === 0) return proceed();
  const names = remaining.map(({ metadata }) => metadata.name).join(', ');
  const why = remaining.map(whyStillThere).find((words) => words !== '') ?? '';
  return waitFor(Reason.Deleting, `Removing ${role === 'worker' ? 'workers' : 'control planes'}: ${names}${why}`);
}

export async function removeNetwork({ object, world, signal }: ClusterScope): Promise<Step> {
  const network = networkOf(world, object);
  if (network === undefined) return proceed();
  if (!isDeleting(network)) await world.kube.delete(NetworkKind, keyOf(network), { uid: network.metadata.uid }, signal);
  return waitFor(Reason.Deleting, `Removing network ${network.metadata.name}${whyStillThere(network)}`);
}

/**
 * Children that were declared in the last moment and that the cache has not heard of: without them no finalizer would
 * keep the cluster, and without it nobody would delete them. Asked of the API server itself, once nothing else is left.
 */
export async function removeUnseen({ object, world, signal }: ClusterScope): Promise<Step> {
  const { name, namespace = '' } = object.metadata;
  const selection = { namespace, labelSelector: `${Label.cluster}=${name}` };
  const kinds: readonly ResourceType<KubeObject>[] = [
    NodeKind,
    NetworkKind,
    ...(world.balancing === undefined ? [] : [LoadBalancerKind]),
  ];
  const lists = await Promise.all(kinds.map((kind) => world.kube.list(kind, selection, signal)));
  const unseen = lists.flatMap(({ items }) => items).filter((child) => isOwnedBy(child, object));
  for (const child of unseen.filter((one) => !isDeleting(one))) {
    const type = kinds.find(({ kind }) => kind === child.kind);
    if (type !== undefined) await world.kube.delete(type, keyOf(child), { uid: child.metadata.uid }, signal);
  }
  if (unseen.length === 0) return proceed();
  return waitFor(Reason.Deleting, `Removing ${unseen.map(({ metadata }) => metadata.name).join(', ')}`, 1_000);
}

/** A garbage collector would do it too, but not every API server has one, and a kubeconfig must not outlive its cluster. */
export async function removeKubeconfig(scope: ClusterScope): Promise<Step> {
  const { object, world, signal } = scope;
  const key = { namespace: object.metadata.namespace ?? '', name: kubeconfigSecret(object.metadata.name) };
  const secret = await world.kube.get(SecretType, key, signal);
  if (secret !== undefined && isOurs(secret, scope)) {
    await world.kube.delete(SecretType, key, { uid: secret.metadata.uid }, signal);
  }
  world.tasks.forget(object.metadata.uid);
  return proceed();
}
