import { findCondition } from './runtime/condition.ts';
import type { Condition } from './runtime/condition.ts';
import type { KubeObject } from './runtime/object.ts';
import { fail, waitFor } from './runtime/step.ts';
import type { Step } from './runtime/step.ts';

interface Child extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export const isReady = (child: Child): boolean => findCondition(child.status?.conditions, 'Ready')?.status === 'True';

/** What a parent says while a child is not Ready: the child's own words, and whether a person must do something. */
export function childStep(child: Child, waiting: { readonly reason: string; readonly afterMs: number }): Step {
  const ready = findCondition(child.status?.conditions, 'Ready');
  const message = `${child.kind} ${child.metadata.name}: ${ready?.message ?? 'is being made'}`;
  const stalled = findCondition(child.status?.conditions, 'Stalled');
  return stalled?.status === 'True' ? fail(stalled.reason, message) : waitFor(waiting.reason, message, waiting.afterMs);
}
