import { findCondition } from './runtime/condition.ts';
import type { Condition } from './runtime/condition.ts';
import type { Clock } from './runtime/clock.ts';

/** What comes up does so within a minute; what does not by then is watched without hurry. */
const HURRY_MS = 60_000;
const UNHURRIED_MS = 5_000;

/**
 * How long to wait before looking again at something that sends no events: `soonMs` while its condition is young, seconds
 * when it has been untrue for long. Every 100 ms here are 100 ms of somebody's waiting for a cluster.
 */
export function pace(conditions: readonly Condition[] | undefined, type: string, clock: Clock, soonMs: number): number {
  const since = findCondition(conditions, type)?.lastTransitionTime;
  return since === undefined || clock.now() - Date.parse(since) < HURRY_MS ? soonMs : UNHURRIED_MS;
}
