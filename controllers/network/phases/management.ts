import { Reason } from '../../../crds/conditions.ts';
import { picksAddresses } from '../../adopted.ts';
import type { ContainerNetwork } from '../../backends/containers.ts';
import { idOf } from '../../identity.ts';
import { managementAddressOf } from '../addresses.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { NetworkScope } from '../scope.ts';
import { othersNetwork } from './others-network.ts';

/** The container that we run in is attached, at `.2`: that is how the operator reaches the cluster's API server. */
export async function ensureManagementAttached({ object, status, world, signal }: NetworkScope): Promise<Step> {
  const name = world.settings.managementContainer;
  if (name === undefined || status.subnet === undefined || status.dockerNetworkID === undefined) return proceed();
  const management = await world.containers.find(name, signal);
  if (management === undefined) {
    return waitFor(
      Reason.ManagementMissing,
      `The management container ${name} is not there. Run \`make up\` to bring it back.`,
    );
  }
  if (management.addresses[status.dockerNetworkID] === undefined) {
    const address = picksAddresses(object) ? undefined : managementAddressOf(status.subnet);
    await world.containers.networks.connect(status.dockerNetworkID, management.id, address, signal);
  }
  return proceed();
}

/** The network could not be removed while we are in it. Asked of the engine: that it was made may never have been recorded. */
export async function detachManagement(scope: NetworkScope): Promise<Step> {
  const { world, signal } = scope;
  const name = world.settings.managementContainer;
  if (name === undefined) return proceed();
  const management = await world.containers.find(name, signal);
  if (management === undefined) return proceed();
  for (const network of await toLeave(scope)) {
    await world.containers.networks.disconnect(network.id, management.id, signal);
  }
  return proceed();
}

/** A network of somebody else may serve several clusters: it is left with the last of them. */
async function toLeave(scope: NetworkScope): Promise<readonly ContainerNetwork[]> {
  const { object, world, signal } = scope;
  const name = object.spec.dockerNetwork;
  if (name === undefined) return world.containers.networks.findByOwner(idOf(object), signal);
  const isShared = world.networks
    .list()
    .some(({ metadata, spec }) => metadata.uid !== object.metadata.uid && spec.dockerNetwork === name);
  const found = isShared ? undefined : await othersNetwork(scope, name);
  return found === undefined ? [] : [found];
}
