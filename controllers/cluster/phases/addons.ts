import { EventReason } from '../../../crds/events.ts';
import { ClusterCondition, Reason } from '../../../crds/conditions.ts';
import { pace } from '../../pace.ts';
import { childStep } from '../../child.ts';
import { KubeApiError, KubeUnreachable } from '../../kube/error.ts';
import { Discovery } from '../../kube/discovery.ts';
import type { KubeClient } from '../../kube/client.ts';
import { DeploymentType, type Deployment } from '../../kube/kinds.ts';
import { idOf } from '../../identity.ts';
import { about, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { BOOTSTRAP } from '../../node/bootstrap-script.ts';
import { ADDONS_FROM, COREDNS, addonObjects } from '../addons.ts';
import type { AddonSources } from '../addons.ts';
import { apiServerIsOff } from './power.ts';
import type { ClusterScope } from '../scope.ts';

const SOON_MS = 500;

/**
 * Pod network, DNS, service proxy and storage class are applied. This begins with the API server's first answer, before
 * it calls itself ready: by the time that its controllers work, their work is there.
 */
export async function ensureAddonsApplied(scope: ClusterScope): Promise<Step> {
  const { status, signal } = scope;
  const access = await scope.access();
  if (access === undefined) return waitFor(Reason.ControlPlaneStarting, 'The control plane does not run');
  try {
    const coredns = await access.client.get(DeploymentType, COREDNS, signal);
    if (coredns?.metadata.annotations?.[ADDONS_FROM] === status.image) return proceed();
    return await install(scope, access.client);
  } catch (error) {
    const isRefused = error instanceof KubeApiError || error instanceof KubeUnreachable;
    if (!isRefused) throw error;
    return about(ClusterCondition.AddonsReady, waitFor(Reason.InstallingAddons, error.message, SOON_MS));
  }
}

/** DNS answers. It needs all the others, so it stands for them. */
export async function ensureAddons(scope: ClusterScope): Promise<Step> {
  const { status, world, signal } = scope;
  const off = apiServerIsOff(scope);
  if (off !== undefined) return off;
  const access = await scope.access();
  if (access === undefined) return waitFor(Reason.ControlPlaneStarting, 'The control plane does not run');
  const coredns = await askForCoredns(access.client, signal);
  if (coredns instanceof Error) return waitFor(Reason.ControlPlaneStarting, `CoreDNS: ${coredns.message}`);
  const available = coredns?.status?.conditions?.find(({ type }) => type === 'Available');
  if (available?.status === 'True') return proceed();
  const message = `CoreDNS: ${available?.message ?? 'no pod of it is available yet'}`;
  const soonMs = pace(status.conditions, ClusterCondition.AddonsReady, world.clock, SOON_MS);
  return waitFor(Reason.InstallingAddons, message, soonMs);
}

/** The error instead, when the API server can not say. */
async function askForCoredns(client: KubeClient, signal: AbortSignal): Promise<Deployment | undefined | Error> {
  try {
    return await client.get(DeploymentType, COREDNS, signal);
  } catch (error) {
    if (error instanceof KubeApiError || error instanceof KubeUnreachable) return error;
    throw error;
  }
}

async function install(scope: ClusterScope, client: KubeClient): Promise<Step> {
  const { object, status, world, signal } = scope;
  const sources = await readSources(scope);
  if (sources === undefined) return about(ClusterCondition.AddonsReady, whileNotPrinted(scope));
  const objects = addonObjects(sources, object.spec.networking.podCIDR, status.image ?? '');
  const discovery = new Discovery(client);
  const first = objects.filter(({ kind }) => kind === 'Namespace');
  const last = objects.slice(-1);
  const between = objects.slice(first.length, -1);
  for (const group of [first, between, last]) {
    await Promise.all(
      group.map(async (manifest) => {
        const type = await discovery.resourceTypeOf(manifest, signal);
        await client.apply(type, manifest, { fieldManager: 'qbo-cluster' }, signal);
      }),
    );
  }
  world.events.record({
    object,
    type: 'Normal',
    reason: EventReason.AddonsApplied,
    action: 'ApplyAddons',
    message: `Pod network, DNS, service proxy and storage class of ${status.image ?? ''} are applied`,
  });
  return proceed();
}

/** kubeadm prints them early; when it does not, the control plane's Node says why. */
function whileNotPrinted({ nodes }: ClusterScope): Step {
  const waiting = { reason: Reason.InstallingAddons, afterMs: SOON_MS };
  const node = nodes.find(({ spec }) => spec.role === 'control-plane');
  return node === undefined
    ? waitFor(waiting.reason, 'The control plane has no Node', SOON_MS)
    : childStep(node, waiting);
}

async function readSources({ nodes, world, signal }: ClusterScope): Promise<AddonSources | undefined> {
  const node = nodes.find(({ spec }) => spec.role === 'control-plane');
  const [container] = node === undefined ? [] : await world.containers.findByOwner(idOf(node), signal);
  if (container === undefined) return undefined;
  const [kubeadm, network, storage] = await Promise.all(
    [BOOTSTRAP.addons, '/kind/manifests/default-cni.yaml', '/kind/manifests/default-storage.yaml'].map((path) =>
      world.containers.readFile(container.id, path, signal),
    ),
  );
  if (kubeadm === undefined) return undefined;
  return { kubeadm, image: [network, storage].filter((text) => text !== undefined) };
}
