import { EventReason } from '../../../crds/events.ts';
import type { Cluster } from '../../../crds/cluster.ts';
import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { ControlPlaneLost, DuplicateContainer, NameTaken } from '../../../crds/errors.ts';
import type { Network } from '../../../crds/network.ts';
import type { Node } from '../../../crds/node.ts';
import { isAdopted, picksAddresses } from '../../adopted.ts';
import type { Container } from '../../backends/containers.ts';
import { Label } from '../../../crds/names.ts';
import { idOf } from '../../identity.ts';
import type { Stored } from '../../runtime/object.ts';
import { controlPlanePower } from '../../power.ts';
import { findCondition, isTrue } from '../../runtime/condition.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { networkOf, nodesOf } from '../../world.ts';
import { containerName, qualifiedName } from '../container-name.ts';
import { containerSpec, runtimeVolumes, volumeLabels, volumesOf } from '../container-spec.ts';
import type { Placement, VolumeClaim } from '../container-spec.ts';
import { tellPodsAreDown } from '../pods-down.ts';
import { controlPlaneComesFirst } from '../power-order.ts';
import { coverBeforeFirstStart, resourcesThatFit } from '../resources-at-start.ts';
import { clusterIn } from '../scope.ts';
import type { NodeDraft, NodeScope } from '../scope.ts';
import { ensureVolumesFree, tellWhatIsLost } from './lost-volumes.ts';

const SOON_MS = 500;

/** A container runs for this Node, at its address, on its volumes. Found by uid label: names are for people. */
export async function ensureContainer(scope: NodeScope): Promise<Step> {
  const { object, world, signal } = scope;
  const found = await world.containers.findByOwner(idOf(object), signal);
  if (found.length > 1) {
    const error = new DuplicateContainer({ node: object.metadata.name, names: found.map(({ name }) => name) });
    return fail(error.reason, error.message);
  }
  if (found.length === 0 && isLost(object)) {
    const error = new ControlPlaneLost({ node: object.metadata.name, cluster: object.spec.cluster });
    return fail(error.reason, error.message);
  }
  const before = controlPlaneFirst(scope) ?? (found.length === 0 ? kindNameFirst(scope) : undefined);
  if (before !== undefined) return before;
  const gone = whatIsGone(scope, found[0]);
  if (gone !== undefined) return gone;
  const mended = mend(scope, found[0]);
  // Beside it: neither is to wait for the other.
  if (found[0] === undefined || found[0].state === 'exited') await Promise.allSettled([mended, tellPodsAreDown(scope)]);
  return mended;
}

async function mend(scope: NodeScope, found: Container | undefined): Promise<Step> {
  const { status } = scope;
  const container = found ?? (await create(scope));
  status.containerID = container.id;
  status.containerName = container.name;
  return run(scope, container);
}

/**
 * Said before it is mended: what comes next may take its time, and nobody may call the node running meanwhile. What has
 * never run, or was stopped as asked, is no loss.
 */
function whatIsGone({ object, status }: NodeScope, container: Container | undefined): Step | undefined {
  if (!isTrue(object.status?.conditions, NodeCondition.ContainerReady)) return undefined;
  if (container === undefined) {
    const name = status.containerName ?? object.metadata.name;
    return waitFor(Reason.RecreatingContainer, `Container ${name} is gone, and is made again on its volumes`, 0);
  }
  if (container.state !== 'exited') return undefined;
  const how = container.stateDetail || 'exited';
  return waitFor(Reason.RestartingContainer, `Container ${container.name} does not run (${how}), and is started`, 0);
}

/** kubeadm would begin a new and empty cluster under the old name. */
const isLost = (node: Stored<Node>): boolean => isAdopted(node) && node.spec.role === 'control-plane';

/**
 * Workers are useless before their control plane, and starting them beside it would only slow it down.
 * One that is down for the moment holds no worker back.
 */
function controlPlaneFirst(scope: NodeScope): Step | undefined {
  const { object, status, world } = scope;
  if (object.spec.role === 'control-plane' || status.containerID !== undefined) return undefined;
  const controlPlanes = nodesOf(world, clusterIn(scope)).filter(({ spec }) => spec.role === 'control-plane');
  const started = controlPlanes.some((node) => isTrue(node.status?.conditions, NodeCondition.ContainerReady));
  if (started) return undefined;
  const power = controlPlanePower(controlPlanes, clusterIn(scope));
  const held = `The control plane is ${power.toLowerCase()}, as is asked for; the node joins when it runs`;
  return waitFor(Reason.Waiting, power === 'Running' ? 'The control plane starts first' : held);
}

/** Labels can not be changed later: the cluster must have chosen its name for kind, and written it down. */
const kindNameFirst = (scope: NodeScope): Step | undefined =>
  clusterIn(scope).status?.kindName === undefined
    ? waitFor(Reason.Waiting, 'The cluster has not chosen the name under which kind knows it yet')
    : undefined;

async function create(scope: NodeScope): Promise<Container> {
  const { object, world, signal } = scope;
  const cluster = clusterIn(scope);
  const placement = {
    ...placementOf(scope, cluster),
    extraVolumes: await extraVolumes(scope),
    resources: await resourcesThatFit(scope),
  };
  const labels = volumeLabels(object, cluster, placement);
  await tellWhatIsLost(scope);
  for (const { name } of volumesOf(object)) {
    await world.containers.volumes.ensure({ owner: idOf(object), name, labels }, signal);
  }
  const spec = containerSpec(object, cluster, placement);
  const made = await createUnderFreeName(scope, spec);
  world.events.record({
    object,
    type: 'Normal',
    reason: EventReason.ContainerCreated,
    action: 'CreateContainer',
    message: `Container ${made.name} made from ${placement.image}, address ${placement.address}`,
  });
  return made;
}

/** What a replacement of the node has added; what the one before had is of no use any more, now that its container is gone. */
async function extraVolumes({ object, world, signal }: NodeScope): Promise<readonly VolumeClaim[]> {
  const { current, outdated } = runtimeVolumes(
    await world.containers.volumes.list({ [Label.id]: idOf(object) }, signal),
  );
  for (const name of outdated) await world.containers.volumes.remove(name, signal);
  return current === undefined ? [] : [current];
}

const wantedAddress = (network: Network | undefined, { address }: NodeDraft): string | undefined =>
  picksAddresses(network) ? 'picked' : address;

function placementOf(
  { object, status, world }: NodeScope,
  cluster: Stored<Cluster>,
): Omit<Placement, 'extraVolumes' | 'resources'> {
  const network = networkOf(world, cluster);
  const networkID = network?.status?.dockerNetworkID;
  const kindName = cluster.status?.kindName;
  const { image } = status;
  const address = wantedAddress(network, status);
  if (networkID === undefined || kindName === undefined || address === undefined || image === undefined) {
    throw new Error(`Node ${object.metadata.name} has no network, address or image: earlier phases did not run`);
  }
  return {
    containerName: containerName(object, status.containerName),
    kindName,
    hostname: status.hostname ?? object.metadata.name,
    image,
    networkID,
    address,
    instance: world.settings.instance,
    mounts: world.settings.mountsFor?.(object) ?? [],
  };
}

/** Whoever has our name keeps it. */
async function createUnderFreeName(
  { object, world, signal }: NodeScope,
  spec: ReturnType<typeof containerSpec>,
): Promise<Container> {
  try {
    return await world.containers.create(spec, signal);
  } catch (error) {
    const qualified = qualifiedName(object);
    if (!(error instanceof NameTaken) || spec.name === qualified) throw error;
    return await world.containers.create({ ...spec, name: qualified }, signal);
  }
}

async function run(scope: NodeScope, container: Container): Promise<Step> {
  const { status, world, signal } = scope;
  switch (container.state) {
    case 'running':
      status.power = 'Running';
      return attach(scope, container);
    case 'created':
    case 'exited':
      return (await waitForControlPlane(scope)) ?? (await ensureVolumesFree(scope)) ?? start(scope, container);
    case 'paused':
      return (await waitForControlPlane(scope)) ?? unpause(scope, container);
    case 'dead':
      // Its removal failed half-way; what it must not lose is in volumes.
      await world.containers.remove(container.id, signal);
      delete status.containerID;
      return waitFor(Reason.RecreatingContainer, `Container ${container.name} was dead and is made again`, 0);
    case 'restarting':
    case 'removing':
      return waitFor(Reason.StartingContainer, whatItDoes(container));
  }
}

/** An init that ends at once is started again and again by the engine, at longer and longer intervals. */
const whatItDoes = ({ name, state, stateDetail }: Container): string =>
  `Container ${name} is ${state}${stateDetail === '' ? '' : `: it ${stateDetail}`}`;

async function waitForControlPlane(scope: NodeScope): Promise<Step | undefined> {
  const why = await controlPlaneComesFirst(scope);
  return why === undefined
    ? undefined
    : waitFor(isAskedFor(scope) ? Reason.Starting : Reason.RestartingContainer, why, SOON_MS);
}

async function start(scope: NodeScope, container: Container): Promise<Step> {
  const { object, status, world, signal } = scope;
  await attach(scope, container);
  if (container.state === 'created') await coverBeforeFirstStart(scope, container);
  await world.containers.start(container.id, signal);
  status.power = 'Running';
  if (container.state === 'created') return proceed();
  const why = isAskedFor(scope)
    ? 'is started, as is asked for'
    : `was not running (${container.stateDetail || 'exited'}) and was started again`;
  world.events.record({
    object,
    type: isAskedFor(scope) ? 'Normal' : 'Warning',
    reason: isAskedFor(scope) ? EventReason.ContainerStarted : EventReason.ContainerRestarted,
    action: 'StartContainer',
    message: `Container ${container.name} ${why}`,
  });
  return proceed();
}

async function unpause(scope: NodeScope, container: Container): Promise<Step> {
  const { object, status, world, signal } = scope;
  await world.containers.unpause(container.id, signal);
  status.power = 'Running';
  world.events.record({
    object,
    type: isAskedFor(scope) ? 'Normal' : 'Warning',
    reason: EventReason.ContainerUnpaused,
    action: 'UnpauseContainer',
    message: `Container ${container.name} ${isAskedFor(scope) ? 'goes on, as is asked for' : 'was paused by somebody, and goes on'}`,
  });
  return attach(scope, container);
}

const BY_US: readonly (string | undefined)[] = [
  Reason.Stopping,
  Reason.Stopped,
  Reason.Pausing,
  Reason.Paused,
  Reason.Starting,
];

/** It was we who stopped or paused it: what was last said of the container tells. */
const isAskedFor = ({ object }: NodeScope): boolean =>
  BY_US.includes(findCondition(object.status?.conditions, NodeCondition.ContainerReady)?.reason);

/**
 * The cluster's network may have been made anew, or somebody disconnected the node: back to its address. One that has
 * never run takes the address that is its Node's now; of one that has, the network's book takes over the address.
 */
async function attach(scope: NodeScope, container: Container): Promise<Step> {
  const { status, world, signal } = scope;
  const network = networkOf(world, clusterIn(scope));
  const networkID = network?.status?.dockerNetworkID;
  if (networkID !== undefined && picksAddresses(network)) return attachAnywhere(scope, container, networkID);
  if (networkID === undefined || status.address === undefined) return proceed();
  const address = container.addresses[networkID];
  const isMovable = address === undefined || container.startedAt === '';
  if (address === status.address || !isMovable) return proceed();
  if (address !== undefined) await world.containers.networks.disconnect(networkID, container.id, signal);
  await world.containers.networks.connect(networkID, container.id, status.address, signal);
  if (container.startedAt !== '') tellAttached(scope, container);
  return proceed();
}

function tellAttached({ object, status, world }: NodeScope, { name }: Container): void {
  world.events.record({
    object,
    type: 'Warning',
    reason: EventReason.NetworkRestored,
    action: 'ConnectNetwork',
    message: `Container ${name} was not in its network any more, and is attached again at ${status.address ?? ''}`,
  });
}

/** The engine picks an address at each start, so the Node has whichever its container has. */
async function attachAnywhere(
  { status, world, signal }: NodeScope,
  container: Container,
  networkID: string,
): Promise<Step> {
  const address = container.addresses[networkID];
  if (address === undefined) await world.containers.networks.connect(networkID, container.id, undefined, signal);
  else status.address = address;
  return proceed();
}
