import type { Cluster } from '../../crds/cluster.ts';
import { namespaceOf } from '../../crds/user.ts';
import type { User } from '../../crds/user.ts';
import type { Stored } from '../runtime/object.ts';
import { BY_NAMESPACE } from '../world.ts';
import type { World } from '../world.ts';

/** The clusters that are in a user's namespace. */
export const clustersOf = (world: World, user: User): readonly Stored<Cluster>[] =>
  world.clusters.byIndex(BY_NAMESPACE, namespaceOf(user));
