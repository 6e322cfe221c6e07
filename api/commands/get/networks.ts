import { ClusterKind } from '../../../crds/cluster.ts';
import { NetworkKind } from '../../../crds/network.ts';
import { clusterKey, keyed, networkWords } from '../../choice/objects.ts';
import { networkRow } from '../../rows/network.ts';
import type { NetworkRow } from '../../wire/rows.ts';
import { listIn, chosen, type Load } from '../listing.ts';
import { ownersFor } from '../owners.ts';
import type { Scope } from '../scope.ts';

export async function getNetworks(scope: Scope): Promise<void> {
  scope.reply.send({ networks: await chosen(scope, 'network', loadNetworks(scope)) });
}

const loadNetworks =
  (scope: Scope): Load<NetworkRow> =>
  async (where) => {
    const [clusters, networks] = await Promise.all([
      listIn(scope, ClusterKind, where),
      listIn(scope, NetworkKind, where),
    ]);
    const owners = await ownersFor(scope, networks);
    const clusterAt = keyed(clusters);
    return networks.map((network) => {
      const cluster = clusterAt.get(clusterKey(network));
      return { value: networkRow(network, cluster, owners), ...networkWords(network, cluster) };
    });
  };
