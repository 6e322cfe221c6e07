import { expect, test } from '@jest/globals';
import { Backoff } from './backoff.ts';
import { FakeClock } from './clock.ts';

const options = { firstMs: 800, maxMs: 30_000, resetAfterMs: 120_000 };

test('waits double from the first to the longest', () => {
  const backoff = new Backoff({ ...options, clock: new FakeClock(), random: () => 1 });

  expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([
    800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
  ]);
});

test('chance takes away up to a half', () => {
  const backoff = new Backoff({ ...options, clock: new FakeClock(), random: () => 0 });

  expect([backoff.next(), backoff.next()]).toEqual([400, 800]);
});

test('two minutes without a failure begin anew, less do not', async () => {
  const clock = new FakeClock();
  const backoff = new Backoff({ ...options, clock, random: () => 1 });
  backoff.next();
  await clock.advance(800 + 119_999);
  expect(backoff.next()).toBe(1600);
  await clock.advance(1600 + 120_000);

  expect(backoff.next()).toBe(800);
});
