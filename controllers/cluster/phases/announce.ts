import { kubeconfigSecret } from '../../../crds/cluster.ts';
import { EventReason } from '../../../crds/events.ts';
import { isReady } from '../../child.ts';
import { proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';

import type { ClusterScope } from '../scope.ts';

/** Every other phase has passed: tells so once, when the stored status does not say it yet. */
export function announceReady({ object, status, world }: ClusterScope): Promise<Step> {
  if (!isReady(object)) {
    world.events.record({
      object,
      type: 'Normal',
      reason: EventReason.ClusterReady,
      action: 'Reconcile',
      message: `${status.nodes ?? ''} nodes are Ready; the kubeconfig is in Secret ${kubeconfigSecret(object.metadata.name)}`,
    });
  }
  return Promise.resolve(proceed());
}
