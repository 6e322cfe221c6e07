import { EventReason } from '../../../crds/events.ts';
import { ClusterCondition, Reason } from '../../../crds/conditions.ts';
import { pace } from '../../pace.ts';
import { isAdopted } from '../../adopted.ts';
import { childStep } from '../../child.ts';
import { KubeApiError, KubeUnreachable } from '../../kube/error.ts';
import { Discovery } from '../../kube/discovery.ts';
import type { KubeClient } from '../../kube/client.ts';
import { DeploymentType, type Deployment } from '../../kube/kinds.ts';
import { idOf } from '../../identity.ts';
import type { Cluster } from '../../../crds/cluster.ts';
import { isTrue } from '../../runtime/condition.ts';
import type { Stored } from '../../runtime/object.ts';
import { about, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { BOOTSTRAP } from '../../node/bootstrap-script.ts';
import { missingAddons } from '../addon-list.ts';
import { ADDONS, ADDONS_FROM, COREDNS, addonObjects } from '../addons.ts';
import type { AddonSources } from '../addons.ts';
import { apiServerIsOff } from './power.ts';
import type { ClusterScope } from '../scope.ts';

const SOON_MS = 500;
const YOUNG_MS = 60_000;

/**
 * Pod network, DNS, service proxy and storage class are applied. This begins with the API server's first answer, before
 * it calls itself ready: by the time that its controllers work, their work is there.
 */
export async function ensureAddonsApplied(scope: ClusterScope): Promise<Step> {
  const { nodes, status, signal } = scope;
  // kind has put its own into it, which are its user's business.
  if (nodes.some((node) => node.spec.role === 'control-plane' && isAdopted(node))) return proceed();
  const access = await scope.access();
  if (access === undefined) return waitFor(Reason.ControlPlaneStarting, 'The control plane does not run');
  try {
    const coredns = await access.client.get(DeploymentType, COREDNS, signal);
    const marks = coredns?.metadata.annotations ?? {};
    const isApplied = marks[ADDONS_FROM] === status.image && marks[ADDONS] !== undefined;
    const gone = await whatIsGone(scope, access.client, coredns);
    if (isApplied && gone.length === 0) return proceed();
    return await install(scope, access.client, gone);
  } catch (error) {
    const isRefused = error instanceof KubeApiError || error instanceof KubeUnreachable;
    if (!isRefused) throw error;
    return about(ClusterCondition.AddonsReady, waitFor(Reason.InstallingAddons, error.message, soon(scope)));
  }
}

const soon = ({ status, world }: ClusterScope): number =>
  pace(status.conditions, ClusterCondition.AddonsReady, world.clock, SOON_MS);

/** What was only just applied is there: a cluster that comes up has better things to do than to be asked. */
async function whatIsGone(
  { object, world, signal }: ClusterScope,
  client: KubeClient,
  coredns: Stored<Deployment> | undefined,
): Promise<readonly string[]> {
  if (coredns === undefined) return wasReady(object) ? [`Deployment ${COREDNS.name}`] : [];
  const { annotations, creationTimestamp } = coredns.metadata;
  if (world.clock.now() - Date.parse(creationTimestamp) < YOUNG_MS) return [];
  return missingAddons(client, annotations?.[ADDONS] ?? '', signal);
}

const wasReady = ({ status }: Cluster): boolean => isTrue(status?.conditions, ClusterCondition.AddonsReady);

/** DNS answers. It needs all the others, so it stands for them. */
export async function ensureAddons(scope: ClusterScope): Promise<Step> {
  const { signal } = scope;
  const off = apiServerIsOff(scope);
  if (off !== undefined) return off;
  const access = await scope.access();
  if (access === undefined) return waitFor(Reason.ControlPlaneStarting, 'The control plane does not run');
  const coredns = await askForCoredns(access.client, signal);
  if (coredns instanceof Error) return waitFor(Reason.ControlPlaneStarting, `CoreDNS: ${coredns.message}`);
  const available = coredns?.status?.conditions?.find(({ type }) => type === 'Available');
  if (available?.status === 'True') return proceed();
  const message = `CoreDNS: ${available?.message ?? 'no pod of it is available yet'}`;
  return waitFor(Reason.InstallingAddons, message, soon(scope));
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

async function install(scope: ClusterScope, client: KubeClient, gone: readonly string[]): Promise<Step> {
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
    type: gone.length === 0 ? 'Normal' : 'Warning',
    reason: gone.length === 0 ? EventReason.AddonsApplied : EventReason.AddonsRestored,
    action: 'ApplyAddons',
    message:
      gone.length === 0
        ? `Pod network, DNS, service proxy and storage class of ${status.image ?? ''} are applied`
        : `${gone.join(' and ')} had been deleted in the cluster; all add-ons of ${status.image ?? ''} are applied again`,
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
