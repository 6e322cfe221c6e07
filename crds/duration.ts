import type { Rule } from './rule.ts';

const UNIT_MS = { h: 3_600_000, m: 60_000, s: 1_000 } as const;
const DURATION = '^([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,7}s)?$';

/** Milliseconds of a duration as in `1h30m`, `5m` or `90s`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '' || !new RegExp(DURATION).test(text)) return undefined;
  const parts = text.matchAll(/(\d+)([hms])/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS], 0);
}

/** A duration of at least `least`, such as `30s`. `why` completes "..., because". */
export const durationRule = (least: string, why: string): Rule<string> => ({
  cel: `self.matches('${DURATION}') && self.size() > 0 && duration(self) >= duration('${least}')`,
  holds: (self) => (parseDuration(self) ?? -1) >= (parseDuration(least) ?? 0),
  message: `not a duration of ${least} or more: write it as in 5m, 90s or 1h30m; shorter is not possible because ${why}`,
});
