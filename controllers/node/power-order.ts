import { NodeCondition } from '../../crds/conditions.ts';
import type { Node } from '../../crds/node.ts';
import { idOf } from '../identity.ts';
import { effectivePower, isAtMost, isLeftAlone, powerOf } from '../power.ts';
import type { Power } from '../power.ts';
import { isTrue } from '../runtime/condition.ts';
import type { Stored } from '../runtime/object.ts';
import { nodesOf } from '../world.ts';
import { clusterIn } from './scope.ts';
import type { NodeScope } from './scope.ts';

export const wantedPower = ({ object, cluster }: NodeScope): Power => effectivePower(object, cluster);

/**
 * A control plane outlives its workers: what still has to be done before it may stop or be paused too. Asked of the engine,
 * first about those that were last seen running.
 */
export async function workersFirst(scope: NodeScope): Promise<string | undefined> {
  const { object, world } = scope;
  if (object.spec.role !== 'control-plane') return undefined;
  const wanted = wantedPower(scope);
  const cluster = clusterIn(scope);
  const workers = nodesOf(world, cluster)
    .filter((node) => node.spec.role === 'worker' && !isLeftAlone(node))
    .filter((node) => isAtMost(effectivePower(node, cluster), wanted))
    .sort((a, b) => Number(b.status?.power === 'Running') - Number(a.status?.power === 'Running'));
  for (const worker of workers) {
    const why = await whatHoldsUp(scope, worker);
    if (why !== undefined) return `The control plane comes last: Node ${worker.metadata.name} ${why}`;
  }
  return undefined;
}

/** Somebody paused a control plane that a worker is just joining, which is to be paused too: it never could be. */
export async function isNeededToJoin({ object, cluster, world, signal }: NodeScope): Promise<boolean> {
  if (object.spec.role !== 'control-plane' || cluster === undefined) return false;
  const joining = nodesOf(world, cluster).filter(
    (node) =>
      node.spec.role === 'worker' &&
      node.metadata.deletionTimestamp === undefined &&
      effectivePower(node, cluster) === 'Paused' &&
      !isTrue(node.status?.conditions, NodeCondition.Bootstrapped),
  );
  const found = await Promise.all(joining.map((worker) => world.containers.findByOwner(idOf(worker), signal)));
  return found.flat().some((container) => powerOf(container) === 'Running');
}

async function whatHoldsUp({ cluster, world, signal }: NodeScope, worker: Stored<Node>): Promise<string | undefined> {
  const wanted = effectivePower(worker, cluster);
  const [container] = await world.containers.findByOwner(idOf(worker), signal);
  const power = powerOf(container);
  if (!isAtMost(power, wanted)) return 'still runs';
  // It can not join a control plane that is paused. One that has no container gets none before its cluster runs, and one that
  // somebody paused before it had joined goes on when its cluster does.
  const isLeft = container === undefined || power === 'Paused' || worker.metadata.deletionTimestamp !== undefined;
  const isToJoin = wanted === 'Paused' && !isLeft;
  return isToJoin && !isTrue(worker.status?.conditions, NodeCondition.Bootstrapped) ? 'has not joined yet' : undefined;
}

/**
 * The other way round, the control plane comes first: why a worker whose container is there may not run yet. One whose
 * control plane is not to run waits for nothing.
 */
export async function controlPlaneComesFirst(scope: NodeScope): Promise<string | undefined> {
  const { object, cluster, world, signal } = scope;
  if (object.spec.role === 'control-plane') return undefined;
  const wanted = wantedPower(scope);
  const awaited = nodesOf(world, clusterIn(scope)).filter(
    (node) =>
      node.spec.role === 'control-plane' && !isLeftAlone(node) && isAtMost(wanted, effectivePower(node, cluster)),
  );
  if (awaited.length === 0) return undefined;
  for (const node of awaited) {
    const [container] = await world.containers.findByOwner(idOf(node), signal);
    if (container !== undefined && isAtMost(wanted, powerOf(container))) return undefined;
  }
  return 'The control plane starts first';
}
