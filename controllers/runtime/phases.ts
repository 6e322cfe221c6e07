import type { ConditionUpdate } from './condition.ts';
import { isConflict } from './server-failure.ts';
import type { Proceed, Step } from './step.ts';
import { asError } from './thrown.ts';

/**
 * What becomes of a phase's condition while an earlier phase does not proceed. `unknown`: nobody looks, so nobody knows.
 * `kept`: once it has come true it stays so, whatever else happens. `looked at`: the phase does not depend on the earlier
 * ones, so it runs all the same, from the time on that it was reached once.
 */
export type WhenUnreached = 'unknown' | 'kept' | 'looked at';

/** Looks at the world, takes at most one step, says what it waits for. */
export type Phase<S> = ((scope: S) => Promise<Step>) & {
  readonly condition?: string;
  readonly whenUnreached?: WhenUnreached;
};

/** What a phase says of one condition; the generation is added where it is written. */
export type Report = Omit<ConditionUpdate, 'observedGeneration'>;

/**
 * Names the condition that a phase reports: True when it proceeds, False with its reason and message when it does not.
 * When several phases report the same condition, it is True when the last of them proceeds.
 */
export const reports = <S>(
  condition: string,
  run: (scope: S) => Promise<Step>,
  whenUnreached: WhenUnreached = 'unknown',
): Phase<S> => Object.assign((scope: S) => run(scope), { condition, whenUnreached });

/** Why a list of phases was not walked to its end. */
export interface Stop {
  readonly index: number;
  readonly condition: string | undefined;
  /** Unknown: the phase could not look, or it broke, so nobody knows. */
  readonly status: 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** Nothing will change before somebody changes something. */
  readonly isStalled: boolean;
  readonly next: { readonly afterMs: number } | { readonly rethrow: unknown };
}

const RETRY_MS = 30_000;
/** Reason of what was thrown and knows no reason. */
const UNFORESEEN = 'Error';

/**
 * Runs phases one by one until one does not proceed, and then those that are looked at all the same. Never rejects: what
 * a phase throws is a Stop. `wasReached` says of a condition whether its phase ever had something to say.
 */
export async function walk<S>(
  phases: readonly Phase<S>[],
  scope: S,
  report: (report: Report) => void,
  wasReached: (type: string) => boolean,
): Promise<Stop | undefined> {
  for (const [index, phase] of phases.entries()) {
    const found = await look(phase, scope, index);
    if (found.kind !== 'proceed') {
      reportStop(found.stop, report);
      const others = phases.slice(index + 1).filter(isLookedAt(found.stop, wasReached));
      return lookAtAll(others, scope, report, found.stop);
    }
    const type = found.condition ?? phase.condition;
    const isLast =
      found.condition !== undefined || !phases.slice(index + 1).some(({ condition }) => condition === type);
    if (type !== undefined && isLast) {
      report({ type, status: 'True', reason: found.reason, message: found.message });
    }
  }
  return undefined;
}

const isLookedAt =
  (stop: Stop, wasReached: (type: string) => boolean) =>
  ({ condition, whenUnreached }: Phase<never>): boolean =>
    whenUnreached === 'looked at' && condition !== undefined && condition !== stop.condition && wasReached(condition);

/** The stop of before, to be looked at again as soon as any of these wants to be. */
async function lookAtAll<S>(
  phases: readonly Phase<S>[],
  scope: S,
  report: (report: Report) => void,
  first: Stop,
): Promise<Stop> {
  let stop = first;
  for (const phase of phases) {
    const found = await look(phase, scope, first.index);
    if (found.kind === 'proceed') {
      const type = found.condition ?? phase.condition;
      if (type !== undefined) report({ type, status: 'True', reason: found.reason, message: found.message });
      continue;
    }
    const { next } = found.stop;
    // That the object has changed meanwhile says nothing about the world.
    if ('rethrow' in next && isConflict(next.rethrow)) continue;
    reportStop(found.stop, report);
    if ('afterMs' in next && 'afterMs' in stop.next) {
      stop = { ...stop, next: { afterMs: Math.min(next.afterMs, stop.next.afterMs) } };
    }
  }
  return stop;
}

function reportStop({ condition, status, reason, message }: Stop, report: (report: Report) => void): void {
  if (condition !== undefined) report({ type: condition, status, reason, message });
}

async function look<S>(phase: Phase<S>, scope: S, index: number): Promise<Proceed | { kind: 'stop'; stop: Stop }> {
  try {
    const step = await phase(scope);
    if (step.kind === 'proceed') return step;
    const { kind, reason, message, afterMs } = step;
    const condition = step.condition ?? phase.condition;
    const isStalled = kind === 'fail';
    const status = step.kind === 'wait' ? (step.status ?? 'False') : 'False';
    return { kind: 'stop', stop: { index, condition, status, reason, message, isStalled, next: { afterMs } } };
  } catch (thrown) {
    return { kind: 'stop', stop: { index, condition: phase.condition, ...broken(thrown) } };
  }
}

/**
 * An error that says whether it is `retryable` knows what it means, so the condition is False, with its reason. What else
 * is thrown means that nobody knows: Unknown, with the one reason for what was not foreseen. Both are tried again with
 * backoff, but for one that is not retryable.
 */
function broken(thrown: unknown): Omit<Stop, 'index' | 'condition'> {
  const { retryable, reason } = Object(thrown) as { retryable?: unknown; reason?: unknown };
  const isKnown = typeof retryable === 'boolean' && isReason(reason);
  const isFinal = retryable === false;
  return {
    status: isKnown ? 'False' : 'Unknown',
    reason: isKnown ? reason : UNFORESEEN,
    message: asError(thrown).message,
    isStalled: isFinal,
    next: isFinal ? { afterMs: RETRY_MS } : { rethrow: thrown },
  };
}

/** What the API server takes for a reason. */
const isReason = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 1024 && /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(value);
