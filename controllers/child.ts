import { Reason } from '../crds/conditions.ts';
import { catalogue } from '../crds/errors.ts';
import { findCondition } from './runtime/condition.ts';
import type { Condition } from './runtime/condition.ts';
import type { KubeObject } from './runtime/object.ts';
import { fail, waitFor } from './runtime/step.ts';
import type { Step } from './runtime/step.ts';

interface Child extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export const isReady = (child: Child): boolean => findCondition(child.status?.conditions, 'Ready')?.status === 'True';

/**
 * What a parent says while a child is not Ready: the child's own words, and whether a person must do something. The
 * reason is the parent's, unless the child's names what has to be done, or what was asked for.
 */
export function childStep(child: Child, waiting: { readonly reason: string; readonly afterMs: number }): Step {
  const ready = findCondition(child.status?.conditions, 'Ready');
  const message = `${child.kind} ${child.metadata.name}: ${ready?.message || (ready?.reason ?? 'is being made')}`;
  const stalled = findCondition(child.status?.conditions, 'Stalled');
  if (stalled?.status === 'True') return fail(stalled.reason, message);
  return waitFor(ready !== undefined && speaksForAll(ready) ? ready.reason : waiting.reason, message, waiting.afterMs);
}

/** What a parent adds to its own words while it waits for a child to go: why the child is still there. */
export function whyStillThere(child: Child): string {
  const deleting = findCondition(child.status?.conditions, 'Deleting');
  return deleting === undefined ? '' : `. ${child.kind} ${child.metadata.name}: ${deleting.message}`;
}

const POWER: readonly string[] = [
  Reason.Stopped,
  Reason.Stopping,
  Reason.Starting,
  Reason.Paused,
  Reason.Pausing,
] satisfies Reason[];

const speaksForAll = ({ status, reason }: Condition): boolean =>
  status !== 'True' && (reason in catalogue || POWER.includes(reason));
