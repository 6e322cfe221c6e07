import type { ConditionUpdate } from './condition.ts';
import type { Proceed, Step } from './step.ts';
import { asError } from './thrown.ts';

/** Looks at the world, takes at most one step, says what it waits for. */
export type Phase<S> = ((scope: S) => Promise<Step>) & { readonly condition?: string };

/** What a phase says of one condition; the generation is added where it is written. */
export type Report = Omit<ConditionUpdate, 'observedGeneration'>;

/**
 * Names the condition that a phase reports: True when it proceeds, False with its reason and message when it does not.
 * When several phases report the same condition, it is True when the last of them proceeds.
 */
export const reports = <S>(condition: string, run: (scope: S) => Promise<Step>): Phase<S> =>
  Object.assign((scope: S) => run(scope), { condition });

/** Why a list of phases was not walked to its end. */
export interface Stop {
  readonly index: number;
  readonly condition: string | undefined;
  /** Unknown: the phase broke, so nobody knows. */
  readonly status: 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** Nothing will change before somebody changes something. */
  readonly isStalled: boolean;
  readonly next: { readonly afterMs: number } | { readonly rethrow: unknown };
}

const RETRY_MS = 30_000;

/** Runs phases one by one until one does not proceed. Never rejects: what a phase throws is a Stop. */
export async function walk<S>(
  phases: readonly Phase<S>[],
  scope: S,
  report: (report: Report) => void,
): Promise<Stop | undefined> {
  for (const [index, phase] of phases.entries()) {
    const found = await look(phase, scope, index);
    if (found.kind !== 'proceed') {
      const { condition: type, status, reason, message } = found.stop;
      if (type !== undefined) report({ type, status, reason, message });
      return found.stop;
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

async function look<S>(phase: Phase<S>, scope: S, index: number): Promise<Proceed | { kind: 'stop'; stop: Stop }> {
  try {
    const step = await phase(scope);
    if (step.kind === 'proceed') return step;
    const { kind, reason, message, afterMs } = step;
    const condition = step.condition ?? phase.condition;
    const isStalled = kind === 'fail';
    return { kind: 'stop', stop: { index, condition, status: 'False', reason, message, isStalled, next: { afterMs } } };
  } catch (thrown) {
    return { kind: 'stop', stop: { index, condition: phase.condition, ...broken(thrown) } };
  }
}

/**
 * An error that says whether it is `retryable` knows what it means, so the condition is False, with its reason. What else
 * is thrown means that nobody knows: Unknown. Both are tried again with backoff, but for one that is not retryable.
 */
function broken(thrown: unknown): Omit<Stop, 'index' | 'condition'> {
  const { retryable, reason } = Object(thrown) as { retryable?: unknown; reason?: unknown };
  const name = thrown instanceof Error && thrown.name !== 'Error' ? thrown.name : undefined;
  const isFinal = retryable === false;
  return {
    status: typeof retryable === 'boolean' ? 'False' : 'Unknown',
    reason: [reason, name].find(isReason) ?? 'Error',
    message: asError(thrown).message,
    isStalled: isFinal,
    next: isFinal ? { afterMs: RETRY_MS } : { rethrow: thrown },
  };
}

/** What the API server takes for a reason. */
const isReason = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 1024 && /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(value);
