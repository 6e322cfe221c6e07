import type { Cluster } from '../../crds/cluster.ts';
import type { Network } from '../../crds/network.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { NetworkRow } from '../wire/rows.ts';
import type { Owners } from './owner.ts';
import { networkState } from './state.ts';

/** A network has the id of its cluster; its own while that is not there. */
export function networkRow(network: Stored<Network>, cluster: Stored<Cluster> | undefined, owners: Owners): NetworkRow {
  return {
    name: network.spec.cluster,
    id: cluster?.metadata.uid ?? network.metadata.uid,
    subnet: network.status?.subnet ?? network.spec.subnet ?? '',
    state: networkState(network),
    user: owners(network.metadata.namespace ?? ''),
  };
}
