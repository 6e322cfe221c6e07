import { Reason } from '../../../crds/conditions.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { networkOf } from '../../world.ts';
import { clusterIn } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

/** The cluster's Network has given this Node an address, which it keeps for as long as it exists. */
export function ensureAddress(scope: NodeScope): Promise<Step> {
  const { object, status, world } = scope;
  const network = networkOf(world, clusterIn(scope));
  const address = network?.status?.addresses?.find(({ node }) => node === object.metadata.name)?.address;
  if (network?.status?.dockerNetworkID === undefined || address === undefined) {
    const name = object.spec.cluster;
    return Promise.resolve(waitFor(Reason.CreatingNetwork, `Network ${name} has given the node no address yet`));
  }
  status.address = address;
  return Promise.resolve(proceed());
}
