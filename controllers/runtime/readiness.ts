import { findCondition, isTrue, type Condition } from './condition.ts';
import type { Phase, Report, Stop } from './phases.ts';

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
  if (missing === undefined) return { type: 'Ready', status: 'True', reason: 'Ready', message: '' };
  const condition = findCondition(conditions, missing) ?? unseen(missing, undefined);
  return { type: 'Ready', status: condition.status, reason: condition.reason, message: condition.message };
}

/** The conditions of phases that were not reached and never were before. Those that were stay as last seen. */
export const unreached = (
  conditions: readonly Condition[],
  phases: readonly Phase<never>[],
  stop: Stop | undefined,
): Report[] => {
  if (stop === undefined) return [];
  const types = new Set(phases.slice(stop.index).flatMap(({ condition }) => condition ?? []));
  return [...types]
    .filter((type) => findCondition(conditions, type) === undefined)
    .map((type) => unseen(type, stop.condition));
};

const unseen = (type: string, before: string | undefined): Report => ({
  type,
  status: 'Unknown',
  reason: 'Waiting',
  message: before === undefined ? 'An earlier step is not done' : `Waits for ${before}`,
});
