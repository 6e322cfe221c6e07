import { Reason } from '../../../crds/conditions.ts';
import { ForeignNetworkMissing } from '../../../crds/errors.ts';
import { parseCIDR } from '../../../crds/cidr.ts';
import type { ContainerNetwork } from '../../backends/containers.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { gatewayOf } from '../addresses.ts';
import type { NetworkScope } from '../scope.ts';

/** The Docker network that is somebody else's is there. Used as it is; never made, changed or removed. */
export async function findOthersNetwork(scope: NetworkScope, name: string): Promise<Step> {
  const { object, status } = scope;
  const found = await othersNetwork(scope, name);
  if (found === undefined) {
    const error = new ForeignNetworkMissing({ cluster: object.spec.cluster, network: name });
    return fail(error.reason, error.message);
  }
  const subnet = found.subnets.find((each) => parseCIDR(each) !== undefined);
  if (subnet === undefined) {
    return fail(
      Reason.NoSubnet,
      `Docker network ${name} has no IPv4 subnet, and clusters need one. Nothing can be done here.`,
    );
  }
  status.subnet = subnet;
  status.gateway = gatewayOf(subnet);
  status.dockerNetwork = name;
  status.dockerNetworkID = found.id;
  return proceed('Ready', `Docker network ${name} is used as it is`);
}

/** By name: whoever makes it anew gives it the name that containers look for. */
export async function othersNetwork(
  { world, signal }: NetworkScope,
  name: string,
): Promise<ContainerNetwork | undefined> {
  return (await world.containers.networks.list(signal)).find((network) => network.name === name);
}
