import { Reason } from '../../../crds/conditions.ts';
import { idOf } from '../../identity.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { LoadBalancerScope } from '../scope.ts';

/** The host has nothing of it any more: it is told so as soon as the deletion is seen. */
export function awaitHostCleared({ object, host, lookForHost }: LoadBalancerScope): Promise<Step> {
  if (host.isGone(idOf(object))) return Promise.resolve(proceed());
  lookForHost();
  const why = host.failure === undefined ? '' : `. ${host.failure.message}`;
  return Promise.resolve(waitFor(Reason.Deleting, `The host is being told to balance it no more${why}`));
}
