import { AddressPoolHasNoNetwork } from '../../../crds/errors.ts';
import type { ContainerNetwork } from '../../backends/containers.ts';
import { idOf, labelsFor } from '../../identity.ts';
import { gatewayOf } from '../../network/addresses.ts';
import { findOverlap, pickSubnet } from '../../network/subnet.ts';
import { takenRanges } from '../../network/taken-ranges.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { AddressPoolScope } from '../scope.ts';

/** Where pools' networks are cut from: the end of the block that Docker cuts its own networks from, which nobody reaches. */
const POOL_SUBNETS: readonly string[] = ['172.31.255.0/24', '172.31.224.0/19'];
const DEFAULT = 'default';
/** Docker names a bridge after the first of its network's id. */
const ID_IN_NAME = 12;

/**
 * A pool that names no addresses has a Docker network, whose bridge the host and all clusters' nodes reach. No container is ever
 * in it: the addresses are the host's own.
 */
export async function ensureDockerNetwork(scope: AddressPoolScope): Promise<Step> {
  const { object, world, status, signal } = scope;
  if (object.spec.addresses !== undefined) {
    await removeOwn(scope);
    return proceed();
  }
  const [found] = await world.containers.networks.findByOwner(idOf(object), signal);
  if (found !== undefined) return record(scope, found);
  const leave = await scope.choosing.enter(signal);
  try {
    const [networks, routes] = await Promise.all([world.containers.networks.list(signal), world.host.routes(signal)]);
    const taken = takenRanges(world, { uid: object.metadata.uid, networks, routes });
    const had = status.subnet === undefined || findOverlap(status.subnet, taken) ? undefined : status.subnet;
    const pools = world.settings.poolSubnets ?? POOL_SUBNETS;
    const subnet = had ?? pickSubnet(pools, taken);
    if (subnet === undefined) {
      const error = new AddressPoolHasNoNetwork({ pool: object.metadata.name, pools });
      return fail(error.reason, error.message);
    }
    return record(scope, await make(scope, subnet));
  } finally {
    leave();
  }
}

function make({ object, world, signal }: AddressPoolScope, subnet: string): Promise<ContainerNetwork> {
  const { instance } = world.settings;
  const { name } = object.metadata;
  return world.containers.networks.create(
    {
      owner: idOf(object),
      name: name === DEFAULT ? `${instance}-pool` : `${instance}-pool-${name}`,
      subnet,
      gateway: gatewayOf(subnet),
      labels: labelsFor(object, instance, ''),
    },
    signal,
  );
}

function record({ status }: AddressPoolScope, { id, name, subnets: [subnet] }: ContainerNetwork): Step {
  if (subnet !== undefined) status.subnet = subnet;
  status.dockerNetwork = name;
  status.interface = `br-${id.slice(0, ID_IN_NAME)}`;
  return proceed();
}

/** It had one, before addresses were named. */
async function removeOwn({ object, world, status, signal }: AddressPoolScope): Promise<void> {
  if (status.dockerNetwork === undefined) return;
  for (const network of await world.containers.networks.findByOwner(idOf(object), signal)) {
    await world.containers.networks.remove(network.id, signal);
  }
  delete status.dockerNetwork;
  delete status.subnet;
}
