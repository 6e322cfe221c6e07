import { EventReason } from '../../../crds/events.ts';
import { Reason } from '../../../crds/conditions.ts';
import { SubnetOverlap, SubnetPoolExhausted } from '../../../crds/errors.ts';
import { networkName } from '../docker-name.ts';
import type { ContainerNetwork } from '../../backends/containers.ts';
import { idOf, labelsFor } from '../../identity.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { gatewayOf } from '../addresses.ts';
import type { NetworkScope } from '../scope.ts';
import { findOverlap, pickSubnet } from '../subnet.ts';
import type { TakenRange } from '../subnet.ts';
import { takenRanges } from '../taken-ranges.ts';
import { findOthersNetwork } from './others-network.ts';

/**
 * A Docker network exists for this Network. Its subnet is the one asked for, else the recorded one, else the first
 * free one of the pools; the engine refuses two networks that overlap, so making it is also what reserves it.
 */
export async function ensureDockerNetwork(scope: NetworkScope): Promise<Step> {
  const { object, world, signal } = scope;
  if (object.spec.dockerNetwork !== undefined) return findOthersNetwork(scope, object.spec.dockerNetwork);
  const [found] = await world.containers.networks.findByOwner(idOf(object), signal);
  if (found !== undefined) return record(scope, found);
  const leave = await scope.choosing.enter(signal);
  try {
    return await make(scope);
  } finally {
    leave();
  }
}

async function make(scope: NetworkScope): Promise<Step> {
  const { object, world, status, signal } = scope;
  const [networks, routes] = await Promise.all([world.containers.networks.list(signal), world.host.routes(signal)]);
  const taken = takenRanges(world, { uid: object.metadata.uid, networks, routes });
  const wanted = object.spec.subnet ?? stillFree(status.subnet, taken) ?? pickSubnet(world.settings.subnetPools, taken);
  if (wanted === undefined) {
    const error = new SubnetPoolExhausted({
      cluster: object.spec.cluster,
      pools: world.settings.subnetPools,
      used: taken.length,
    });
    return fail(error.reason, error.message);
  }
  const overlap = findOverlap(wanted, taken);
  if (overlap !== undefined) {
    const error = new SubnetOverlap({ cluster: object.spec.cluster, wanted, taken: overlap });
    return fail(error.reason, error.message);
  }
  const made = await world.containers.networks.create(
    {
      owner: idOf(object),
      name: networkName(scope, networks),
      subnet: wanted,
      gateway: gatewayOf(wanted),
      labels: labelsFor(object, world.settings.instance, object.spec.cluster),
    },
    signal,
  );
  world.events.record({
    object,
    type: 'Normal',
    reason: EventReason.NetworkCreated,
    action: 'CreateNetwork',
    message: `Docker network ${made.name} has ${wanted}`,
  });
  return record(scope, made);
}

function record({ status }: NetworkScope, network: ContainerNetwork): Step {
  const subnet = network.subnets[0];
  if (subnet === undefined) {
    return fail(Reason.NoSubnet, `Docker network ${network.name} has no IPv4 subnet. Remove it, and it is made again.`);
  }
  status.subnet = subnet;
  status.gateway = gatewayOf(subnet);
  status.dockerNetwork = network.name;
  status.dockerNetworkID = network.id;
  return proceed();
}

/** A subnet that was recorded before its Docker network was lost is taken again, so that addresses stay. */
const stillFree = (subnet: string | undefined, taken: readonly TakenRange[]): string | undefined =>
  subnet === undefined || findOverlap(subnet, taken) ? undefined : subnet;
