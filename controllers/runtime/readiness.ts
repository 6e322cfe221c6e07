import { findCondition, isTrue, type Condition } from './condition.ts';
import type { Phase, Report, Stop } from './phases.ts';

const WAITING = 'Waiting';
export const DELETING = 'Deleting';
/** What the skeleton itself says. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set(['Ready', DELETING, 'Paused', 'Stalled']);

/**
 * What the whole object's `Ready` says after its phases were walked up to `stop`, given its other conditions. True only
 * when every condition of `summary` is, and each phase that reports one of them was passed this time: a condition that
 * was True an hour ago does not count when an earlier phase has just found the container gone. Without a
 * summary every phase counts.
 */
export function readiness(
  conditions: readonly Condition[],
  summary: readonly string[],
  phases: readonly Phase<never>[],
  stop: Stop | undefined,
): Report {
  const counts = ({ condition }: Phase<never>): boolean => condition !== undefined && summary.includes(condition);
  const lastThatCounts = summary.length === 0 ? phases.length : phases.findLastIndex(counts);
  if (stop !== undefined && stop.index <= lastThatCounts) {
    return { type: 'Ready', status: stop.status, reason: stop.reason, message: stop.message };
  }
  const missing = summary.find((type) => !isTrue(conditions, type));
  if (missing === undefined)
    return { type: 'Ready', status: 'True', reason: 'Ready', message: remarks(conditions, summary) };
  const condition = findCondition(conditions, missing) ?? unseen(missing, undefined);
  return { type: 'Ready', status: condition.status, reason: condition.reason, message: condition.message };
}

/** What conditions that are True have to say nevertheless. */
const remarks = (conditions: readonly Condition[], summary: readonly string[]): string =>
  summary.flatMap((type) => findCondition(conditions, type)?.message || []).join('; ');

/**
 * The conditions of phases that were not reached, and of which nobody has said anything in this pass: Unknown, because
 * what was seen before the stop may be so no more. Those that are kept are so only until they were seen once.
 */
export function unreached(
  conditions: readonly Condition[],
  phases: readonly Phase<never>[],
  stop: Stop | undefined,
  isReported: (type: string) => boolean,
): Report[] {
  if (stop === undefined) return [];
  return conditionsOf(phases.slice(stop.index))
    .filter(({ type, isKept }) => !isReported(type) && !(isKept && findCondition(conditions, type) !== undefined))
    .map(({ type }) => unseen(type, stop.condition));
}

/** The same of every part of an object that is being removed: what is left of it is nobody's to look at. */
export function removed(
  conditions: readonly Condition[],
  phases: readonly Phase<never>[],
  isReported: (type: string) => boolean,
): Report[] {
  const kept = new Set(conditionsOf(phases).flatMap(({ type, isKept }) => (isKept ? [type] : [])));
  return conditions
    .filter(({ type }) => !OF_THE_WHOLE.has(type) && !kept.has(type) && !isReported(type))
    .map(({ type }) => ({ type, status: 'Unknown', reason: DELETING, message: 'It is being removed' }));
}

/** Whether a phase ever had something to say of this condition. */
export const wasReached = (conditions: readonly Condition[], type: string): boolean => {
  const found = findCondition(conditions, type);
  return found !== undefined && !(found.status === 'Unknown' && found.reason === WAITING);
};

interface PhaseCondition {
  readonly type: string;
  readonly isKept: boolean;
}

function conditionsOf(phases: readonly Phase<never>[]): readonly PhaseCondition[] {
  const types = new Set(phases.flatMap(({ condition }) => condition ?? []));
  const isKept = (type: string): boolean =>
    phases.some(({ condition, whenUnreached }) => condition === type && whenUnreached === 'kept');
  return [...types].map((type) => ({ type, isKept: isKept(type) }));
}

const unseen = (type: string, before: string | undefined): Report => ({
  type,
  status: 'Unknown',
  reason: WAITING,
  message: before === undefined ? 'An earlier step is not done' : `Waits for ${before}`,
});
