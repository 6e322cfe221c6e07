import { Reason } from '../../../crds/conditions.ts';
import { picksAddresses } from '../../adopted.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { networkOf } from '../../world.ts';
import { clusterIn } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

/**
 * The cluster's Network has given this Node an address, which it keeps for as long as it exists. Where the engine picks
 * addresses there is nothing to wait for: the Node has whichever its container has.
 */
export function ensureAddress(scope: NodeScope): Promise<Step> {
  const { object, status, world } = scope;
  const network = networkOf(world, clusterIn(scope));
  const given = network?.status?.addresses?.find(({ node }) => node === object.metadata.name)?.address;
  const isPicked = picksAddresses(network);
  if (network?.status?.dockerNetworkID === undefined || (given === undefined && !isPicked)) {
    const name = object.spec.cluster;
    return Promise.resolve(waitFor(Reason.CreatingNetwork, `Network ${name} has given the node no address yet`));
  }
  if (!isPicked && given !== undefined) status.address = given;
  return Promise.resolve(proceed());
}
