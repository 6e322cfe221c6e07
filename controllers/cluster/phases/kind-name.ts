import { Label } from '../../../crds/names.ts';
import { proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { idOf } from '../../identity.ts';
import type { ClusterScope } from '../scope.ts';

/**
 * The name under which kind's command line knows the cluster: its own, qualified by the namespace only where two share
 * one. Chosen once, because labels of containers cannot change; read back from them when the status was lost.
 */
export async function ensureKindName(scope: ClusterScope): Promise<Step> {
  const { object, status } = scope;
  if (status.kindName !== undefined) return proceed();
  const { name, namespace } = object.metadata;
  status.kindName = (await onContainers(scope)) ?? ((await isTaken(name, scope)) ? `${namespace ?? ''}-${name}` : name);
  return proceed();
}

/** What the cluster's own containers carry. Each is asked for by its owner: a host may have thousands of others. */
async function onContainers({ nodes, world, signal }: ClusterScope): Promise<string | undefined> {
  for (const node of nodes) {
    const [container] = await world.containers.findByOwner(idOf(node), signal);
    const kindName = container?.labels[Label.kindCluster];
    if (kindName !== undefined) return kindName;
  }
  return undefined;
}

async function isTaken(wanted: string, { object, world, signal }: ClusterScope): Promise<boolean> {
  const containers = await world.containers.list({ [Label.kindCluster]: wanted }, signal);
  if (containers.length > 0) return true;
  return world.clusters
    .list()
    .some(
      (other) =>
        other.metadata.uid !== object.metadata.uid &&
        (other.status?.kindName === wanted ||
          (other.metadata.name === wanted && isOlder(other.metadata, object.metadata))),
    );
}

interface Aged {
  readonly creationTimestamp: string;
  readonly uid: string;
}

const isOlder = (a: Aged, b: Aged): boolean =>
  a.creationTimestamp === b.creationTimestamp ? a.uid < b.uid : a.creationTimestamp < b.creationTimestamp;
