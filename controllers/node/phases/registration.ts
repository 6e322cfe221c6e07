import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { UnitRefused } from '../../../crds/errors.ts';
import { EventReason } from '../../../crds/events.ts';
import type { KubeClient } from '../../kube/client.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import type { KubeNode } from '../../kube/kinds.ts';
import { pace } from '../../pace.ts';
import { findCondition } from '../../runtime/condition.ts';
import { waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { POD_NETWORK, isRegistered, missingLabels, nodeLabelsInside, podCIDRIn } from '../registration.ts';
import type { NodeScope } from '../scope.ts';
import { orderService, servicesIn } from '../services.ts';

/** A kubelet registers in its first seconds, or it has done so before. */
const REGISTERS_WITHIN_MS = 15_000;
const SOON_MS = 500;

/**
 * The Kubernetes node is there, made by its kubelet, and says what it is for. A kubelet that runs does not register again
 * when somebody deletes its node; one that is restarted does. undefined: it is registered.
 */
export async function register(
  scope: NodeScope,
  client: KubeClient,
  node: KubeNode | undefined,
): Promise<Step | undefined> {
  const { object, status, signal } = scope;
  if (node === undefined || !isRegistered(node)) return registerAgain(scope, client, node);
  const labels = missingLabels(object, node);
  if (labels === undefined) return undefined;
  await client.mergePatch(
    KubeNodeType,
    { namespace: '', name: status.hostname ?? '' },
    { metadata: { labels } },
    signal,
  );
  return undefined;
}

async function registerAgain(scope: NodeScope, client: KubeClient, node: KubeNode | undefined): Promise<Step> {
  const { object, status, world, signal } = scope;
  const soonMs = pace(status.conditions, NodeCondition.Healthy, world.clock, SOON_MS);
  const container = status.containerID ?? '';
  const kubelet = (await servicesIn(world.containers, container, signal)).find(({ name }) => name === 'kubelet');
  if (kubelet?.since === undefined || world.clock.now() - kubelet.since < patienceMs(scope)) {
    return waitFor(Reason.NodeNotReady, `The kubelet of ${object.metadata.name} has not registered it yet`, soonMs);
  }
  // A kubelet that starts on a Kubernetes node without resources refuses its static pods, the API server among them, and
  // ends those that run: one that runs tells first what there is.
  const isBare = node === undefined ? await remake(scope, client) : node.status?.allocatable === undefined;
  if (isBare) {
    const message = `The cluster had lost Kubernetes node ${status.hostname ?? ''}, which is made again: its kubelet has not reported yet`;
    return waitFor(Reason.Registering, message, soonMs);
  }
  const order = { container, order: 'restart', name: 'kubelet' } as const;
  const answer = await orderService(world.containers, order, signal);
  if (answer !== undefined)
    throw new UnitRefused({ unit: 'kubelet', container: status.containerName ?? container, answer });
  const message = `The cluster had no Kubernetes node ${status.hostname ?? ''} any more: its kubelet is restarted and registers it again`;
  world.events.record({
    object,
    type: 'Warning',
    reason: EventReason.NodeRegistered,
    action: 'RestartKubelet',
    message,
  });
  return waitFor(Reason.Registering, message, SOON_MS);
}

/** What a restart did not help is restarted ever more rarely: it is for remediation to do something else. */
function patienceMs({ status, world }: NodeScope): number {
  const healthy = findCondition(status.conditions, NodeCondition.Healthy);
  const sinceMs = healthy?.status === 'False' ? world.clock.now() - Date.parse(healthy.lastTransitionTime) : 0;
  return Math.max(REGISTERS_WITHIN_MS, sinceMs / 2);
}

/**
 * Made before its kubelet makes it, with the pod addresses that it had: otherwise the cluster would give it others, and
 * the pods that run on it would not be reached any more. False: its kubelet is to make it.
 */
async function remake({ object, status, world, signal }: NodeScope, client: KubeClient): Promise<boolean> {
  const podCIDR = podCIDRIn(await world.containers.readFile(status.containerID ?? '', POD_NETWORK, signal));
  if (podCIDR === undefined) return false;
  const { items } = await client.list(KubeNodeType, {}, signal);
  if (items.some(({ spec }) => spec?.podCIDR === podCIDR)) return false;
  const { apiVersion, kind } = KubeNodeType;
  const metadata = { name: status.hostname ?? '', labels: nodeLabelsInside(object) };
  await client.create<KubeNode>(
    KubeNodeType,
    { apiVersion, kind, metadata, spec: { podCIDR, podCIDRs: [podCIDR] } },
    signal,
  );
  return true;
}
