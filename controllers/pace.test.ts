import { expect, test } from '@jest/globals';
import { pace } from './pace.ts';
import { FakeClock } from './runtime/clock.ts';

const since = (clock: FakeClock) => [
  {
    type: 'Healthy',
    status: 'False' as const,
    reason: 'NodeNotReady',
    message: '',
    lastTransitionTime: new Date(clock.now()).toISOString(),
  },
];

test('what has just begun is looked at often, what has been down for long is not', async () => {
  const clock = new FakeClock();
  const conditions = since(clock);
  expect(pace(conditions, 'Healthy', clock, 500)).toBe(500);
  await clock.advance(59_000);
  expect(pace(conditions, 'Healthy', clock, 500)).toBe(500);
  await clock.advance(2_000);
  expect(pace(conditions, 'Healthy', clock, 500)).toBe(5_000);
});

test('what was never looked at is looked at soon', () => {
  expect(pace(undefined, 'Healthy', new FakeClock(), 200)).toBe(200);
});
