import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from './clock.ts';
import { defaultRateLimiter, ExponentialBackoff, SlowestOf, TokenBucket } from './rate-limiter.ts';

describe('exponential backoff', () => {
  test('doubles from 5 ms for each failure of a key and stops at 1000 s', () => {
    const backoff = new ExponentialBackoff();

    const delays = Array.from({ length: 20 }, () => backoff.delayOf('a'));

    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.at(-1)).toBe(1_000_000);
  });

  test('stays at its longest, however often a key fails', () => {
    const backoff = new ExponentialBackoff();
    for (let failure = 0; failure < 2000; failure += 1) backoff.delayOf('a');

    expect(backoff.delayOf('a')).toBe(1_000_000);
  });

  test('knows each key by itself, and begins anew for one that was forgotten', () => {
    const backoff = new ExponentialBackoff();
    backoff.delayOf('a');
    backoff.delayOf('a');

    expect(backoff.delayOf('b')).toBe(5);
    expect(backoff.retries('a')).toBe(2);
    backoff.forget('a');
    expect(backoff.retries('a')).toBe(0);
    expect(backoff.delayOf('a')).toBe(5);
  });
});

describe('token bucket', () => {
  test('lets the burst through at once and then one every tenth of a second', () => {
    const bucket = new TokenBucket(new FakeClock());

    const delays = Array.from({ length: 103 }, () => bucket.delayOf());

    expect(delays.slice(0, 100)).toEqual(Array(100).fill(0));
    expect(delays.slice(100)).toEqual([100, 200, 300]);
  });

  test('fills with time, never beyond the burst', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, { perSecond: 10, burst: 3 });
    await clock.advance(3_600_000);

    expect([1, 2, 3, 4].map(() => bucket.delayOf())).toEqual([0, 0, 0, 100]);
  });

  test('makes no key of a storm wait for more than half a minute, and owes nothing for it later', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock);

    const delays = Array.from({ length: 10_000 }, () => bucket.delayOf());

    expect(Math.max(...delays)).toBe(30_000);
    await clock.advance(30_000 + 10_000);
    expect(bucket.delayOf()).toBe(0);
  });

  test('never lets more through in any time than the burst and what the rate allows', async () => {
    const history = fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(history, async (waits) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket(clock, { perSecond: 10, burst: 5 });
        const allowedAt: number[] = [];
        for (const wait of waits) {
          await clock.advance(wait);
          allowedAt.push(clock.monotonic() + bucket.delayOf());
        }
        for (const [index, at] of allowedAt.entries()) {
          const later = allowedAt.slice(index).filter((other) => other <= at + 1000);
          expect(later.length).toBeLessThanOrEqual(5 + 10 + 1);
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('together the slowest decides', () => {
  const both = new SlowestOf([new ExponentialBackoff(5), new ExponentialBackoff(50)]);

  expect(both.delayOf('a')).toBe(50);
  expect(both.retries('a')).toBe(1);
  both.forget('a');
  expect(both.retries('a')).toBe(0);
});

test('by default the first failure of a key waits 5 ms, and the thousandth key of a storm waits for its turn', () => {
  const limiter = defaultRateLimiter(new FakeClock());

  const delays = Array.from({ length: 1000 }, (_, index) => limiter.delayOf(`key-${String(index)}`));

  expect(delays[0]).toBe(5);
  expect(delays[150]).toBe(5_100);
  expect(delays[999]).toBe(30_000);
});
