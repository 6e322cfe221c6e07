import { Label } from '../../../crds/names.ts';
import { proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { idOf } from '../../identity.ts';
import type { ClusterScope } from '../scope.ts';

/**
 * The name under which kind's command line knows the cluster: its own, qualified by the namespace only where two share
 * one. Chosen once, because labels of containers cannot change; read back from them when the status was lost.
 */
export async function ensureKindName({ object, nodes, status, world, signal }: ClusterScope): Promise<Step> {
  if (status.kindName !== undefined) return proceed();
  const { name, namespace } = object.metadata;
  const ids = new Set(nodes.map(idOf));
  const all = await world.containers.list({ [Label.kindCluster]: '' }, signal);
  const ours = all.find(({ owner }) => owner !== undefined && ids.has(owner));
  status.kindName = ours?.labels[Label.kindCluster] ?? (isTaken(name) ? `${namespace ?? ''}-${name}` : name);
  return proceed();

  function isTaken(wanted: string): boolean {
    const byContainers = all.some(({ labels }) => labels[Label.kindCluster] === wanted);
    const byElders = world.clusters
      .list()
      .some(
        (other) =>
          other.metadata.uid !== object.metadata.uid &&
          (other.status?.kindName === wanted ||
            (other.metadata.name === wanted && isOlder(other.metadata, object.metadata))),
      );
    return byContainers || byElders;
  }
}

interface Aged {
  readonly creationTimestamp: string;
  readonly uid: string;
}

const isOlder = (a: Aged, b: Aged): boolean =>
  a.creationTimestamp === b.creationTimestamp ? a.uid < b.uid : a.creationTimestamp < b.creationTimestamp;
