import { ClusterCondition, Reason } from '../../../crds/conditions.ts';
import { NotAdoptable } from '../../../crds/errors.ts';
import { EventReason } from '../../../crds/events.ts';
import { Annotation } from '../../../crds/names.ts';
import { isAdopted, isConfirmed } from '../../adopted.ts';
import { idOf } from '../../identity.ts';
import { isTrue } from '../../runtime/condition.ts';
import { about, fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { findCluster } from '../adoption/found.ts';
import type { FoundCluster } from '../adoption/found.ts';
import { announcement, refusals } from '../adoption/judgement.ts';
import { take } from '../adoption/take.ts';
import type { ClusterScope } from '../scope.ts';

/**
 * A cluster that kind, or an installation that is lost, has made is taken over, once somebody has confirmed that. Until
 * then only what would be done is said. It is taken over once: what becomes of its nodes later is their own matter.
 */
export async function ensureAdopted(scope: ClusterScope): Promise<Step> {
  const { object, nodes, withdraw } = scope;
  const kindName = object.metadata.annotations?.[Annotation.adopt];
  const hasAdopted = nodes.some(isAdopted);
  if (kindName === undefined && !hasAdopted) {
    withdraw(ClusterCondition.Adopted);
    return proceed();
  }
  if (isOfAnother(scope, kindName ?? '')) return proceed();
  if (isConfirmed(object) && isDone(scope, kindName ?? '')) return proceed();
  const step = hasAdopted && !isConfirmed(object) ? released(scope) : await look(scope, kindName ?? '');
  return about(ClusterCondition.Adopted, step);
}

const isDone = ({ status }: ClusterScope, kindName: string): boolean =>
  isTrue(status.conditions, ClusterCondition.Adopted) && status.kindName === kindName;

/** A Cluster that is something else already can not be this too; its own nodes are to be looked after all the same. */
function isOfAnother(scope: ClusterScope, kindName: string): boolean {
  const { status, nodes, report } = scope;
  if (status.kindName === undefined || status.kindName === kindName || nodes.some(isAdopted)) return false;
  const { reason, message } = notAdoptable(scope, kindName, ['this Cluster has nodes of its own already']);
  report({ type: ClusterCondition.Adopted, status: 'False', reason, message });
  return true;
}

function released({ object }: ClusterScope): Step {
  const { name, namespace = '' } = object.metadata;
  const message =
    `Cluster ${name} was adopted, and its confirmation was taken away: its containers are left as they are, and stay when this ` +
    `Cluster is deleted. To have it kept running again, set ${Annotation.adopt} and ${Annotation.adoptConfirmed} to the name that kind ` +
    `gave it: kubectl annotate cluster ${name} -n ${namespace}`;
  return fail(Reason.Released, message);
}

async function look(scope: ClusterScope, kindName: string): Promise<Step> {
  const { object, status, nodes, world, signal } = scope;
  const found = await findCluster(world, kindName, signal);
  const ids = new Set(found.nodes.map(({ id }) => id));
  const isBegun = nodes.some((node) => ids.has(idOf(node)));
  const why = isBegun ? [] : whyNot(scope, kindName, found);
  if (why.length > 0) {
    const error = notAdoptable(scope, kindName, why);
    return fail(error.reason, error.message);
  }
  if (!isConfirmed(object)) return fail(Reason.DryRun, announcement(object, kindName, found));
  status.kindName = kindName;
  const image = found.nodes.find(({ role }) => role === 'control-plane')?.image;
  if (image !== undefined) status.image = image;
  const isMissing = await take(scope, found);
  // Not before the cache shows them all: who looked now would count too few, and make others.
  if (isMissing) return waitFor(Reason.Adopting, `Taking over ${String(found.nodes.length)} nodes of ${kindName}`, 200);
  world.events.record({
    object,
    type: 'Normal',
    reason: EventReason.ClusterAdopted,
    action: 'Adopt',
    message: `Took over ${kindName}: ${found.nodes.map(({ name }) => name).join(', ')}`,
  });
  return proceed('Ready', `Took over ${kindName}`);
}

const notAdoptable = ({ object }: ClusterScope, kind: string, why: readonly string[]): NotAdoptable =>
  new NotAdoptable({ cluster: object.metadata.name, kind, why });

function whyNot({ object, world }: ClusterScope, kindName: string, found: FoundCluster): string[] {
  const { namespace } = object.metadata;
  const others = world.nodes.list();
  return refusals(object, kindName, found, {
    instance: world.settings.instance,
    takenNames: new Set(
      others.filter(({ metadata }) => metadata.namespace === namespace).map((node) => node.metadata.name),
    ),
    managed: new Map(others.map((node) => [idOf(node), `${node.metadata.namespace ?? ''}/${node.spec.cluster}`])),
  });
}
