import type { Cluster } from '../../crds/cluster.ts';
import { NodeCondition } from '../../crds/conditions.ts';
import { LastControlPlane } from '../../crds/errors.ts';
import { idOf, isDeleting } from '../identity.ts';
import { findCondition, isTrue } from '../runtime/condition.ts';
import type { Stored } from '../runtime/object.ts';
import { walk } from '../runtime/phases.ts';
import { fail, proceed } from '../runtime/step.ts';
import type { Step } from '../runtime/step.ts';
import { nodesOf } from '../world.ts';
import { BOOTSTRAP } from './bootstrap-script.ts';
import { LIFE } from './life.ts';
import { volumesLeft } from './phases/clean-up.ts';
import type { NodeScope } from './scope.ts';

/**
 * Deleting the only control plane would silently destroy the cluster: that is what deleting the Cluster is for. As a
 * deletion can not be taken back, a control plane that is kept is looked after as before, in everything.
 */
export async function keepLastControlPlane(scope: NodeScope): Promise<Step> {
  const { object, cluster } = scope;
  if (object.spec.role !== 'control-plane' || cluster === undefined || isDeleting(cluster)) return proceed();
  if (hasAnother(scope, cluster) || !(await mayHoldData(scope))) return proceed();
  keepSaying(scope);
  const stop = await walk(LIFE, scope, scope.report, (type) => isKnown(scope, type));
  if (stop !== undefined) {
    if ('rethrow' in stop.next) throw stop.next.rethrow;
    scope.lookAgainIn(stop.next.afterMs);
  }
  const error = new LastControlPlane({ node: object.metadata.name, cluster: cluster.metadata.name });
  return fail(error.reason, error.message);
}

/** What is looked at more rarely than this stays said meanwhile, as of a node that is wanted. */
function keepSaying({ object, report }: NodeScope): void {
  const ofDeletion: readonly string[] = [NodeCondition.Ready, NodeCondition.Deleting, NodeCondition.Stalled];
  for (const { type, status, reason, message } of object.status?.conditions ?? []) {
    if (!ofDeletion.includes(type)) report({ type, status, reason, message });
  }
}

const isKnown = ({ object }: NodeScope, type: string): boolean =>
  (findCondition(object.status?.conditions, type)?.status ?? 'Unknown') !== 'Unknown';

const hasAnother = ({ object, world }: NodeScope, cluster: Stored<Cluster>): boolean =>
  nodesOf(world, cluster).some(
    ({ spec, metadata, status }) =>
      spec.role === 'control-plane' &&
      metadata.uid !== object.metadata.uid &&
      metadata.deletionTimestamp === undefined &&
      isTrue(status?.conditions, NodeCondition.Bootstrapped),
  );

/** Asked of the engine: a status may be lost, data may not. Before it is bootstrapped there are none. */
async function mayHoldData({ object, world, signal }: NodeScope): Promise<boolean> {
  const [container] = await world.containers.findByOwner(idOf(object), signal);
  if (container === undefined) return (await volumesLeft(object, world, signal)).length > 0;
  return (await world.containers.readFile(container.id, BOOTSTRAP.done, signal)) !== undefined;
}
