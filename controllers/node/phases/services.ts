import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { UnitRefused } from '../../../crds/errors.ts';
import { EventReason } from '../../../crds/events.ts';
import { findCondition } from '../../runtime/condition.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { NodeScope } from '../scope.ts';
import { orderService, servicesIn } from '../services.ts';
import type { Service } from '../services.ts';

/** What boots or joins comes up by itself; before that, a look would only cost time. */
const COMING_UP_MS = 10_000;
const SOON_MS = 1_000;

/**
 * containerd and the kubelet run in the node. systemd starts again what crashes; what somebody stopped stays down, and the
 * cluster would take most of a minute to notice. Looked at in each sweep while all seems well, and when it is not for long.
 */
export async function ensureServices(scope: NodeScope): Promise<Step> {
  const { status, world, signal } = scope;
  const container = await scope.container();
  if (container === undefined || isComingUp(scope, container.startedAt)) return proceed();
  const down = (await servicesIn(world.containers, container.id, signal)).filter(({ isDown }) => isDown);
  if (down.length === 0) return proceed();
  for (const service of down) {
    const answer = await orderService(
      world.containers,
      { container: container.id, order: 'start', name: service.name },
      signal,
    );
    if (answer !== undefined) throw new UnitRefused({ unit: service.name, container: container.name, answer });
    tell(scope, service);
  }
  const names = down.map(({ name, state }) => `${name} (${state})`).join(' and ');
  const message = `${names} did not run in container ${status.containerName ?? ''} and is started again`;
  return waitFor(Reason.RestartingService, message, SOON_MS);
}

function isComingUp({ status, world }: NodeScope, startedAt: string): boolean {
  const now = world.clock.now();
  if (now - Date.parse(startedAt) < COMING_UP_MS) return true;
  const healthy = findCondition(status.conditions, NodeCondition.Healthy);
  return healthy?.status !== 'True' && now - Date.parse(healthy?.lastTransitionTime ?? '') < COMING_UP_MS;
}

function tell({ object, status, world }: NodeScope, { name, state }: Service): void {
  world.events.record({
    object,
    type: 'Warning',
    reason: EventReason.ServiceRestarted,
    action: 'StartService',
    message: `${name} did not run in container ${status.containerName ?? ''} (${state}) and was started again`,
  });
}
