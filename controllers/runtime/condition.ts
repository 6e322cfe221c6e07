import { inSeconds } from './clock.ts';
import type { Clock } from './clock.ts';

/** A Kubernetes condition (metav1.Condition). */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase, for programs. */
  readonly reason: string;
  /** For people; at most 32768 characters. */
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

export type ConditionUpdate = Omit<Condition, 'lastTransitionTime'>;

const MAX_MESSAGE = 32_768;

/**
 * Returns the conditions with `update` merged in. The transition time moves only when the status changes, and is cut
 * to seconds, so that what is in memory equals what comes back from the API server. Sorted: Ready first, then by type.
 */
export function setCondition(conditions: readonly Condition[], update: ConditionUpdate, clock: Clock): Condition[] {
  const previous = conditions.find((condition) => condition.type === update.type);
  const lastTransitionTime = previous?.status === update.status ? previous.lastTransitionTime : inSeconds(clock.now());
  const message = update.message.length > MAX_MESSAGE ? `${update.message.slice(0, MAX_MESSAGE - 1)}…` : update.message;
  return [...conditions.filter(({ type }) => type !== update.type), { ...update, message, lastTransitionTime }].sort(
    readyFirst,
  );
}

export const findCondition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type);

export const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  findCondition(conditions, type)?.status === 'True';

const readyFirst = (a: Condition, b: Condition): number =>
  Number(b.type === 'Ready') - Number(a.type === 'Ready') || (a.type < b.type ? -1 : Number(a.type > b.type));
