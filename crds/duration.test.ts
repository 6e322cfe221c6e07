import { describe, expect, test } from '@jest/globals';
import { durationRule, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  test.each([
    ['5m', 300_000],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['1h0m5s', 3_605_000],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(['', '5', 'm', '5m1h', '-5m', '1.5h', '5 m', '5ms'])('does not take %p for a duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

test('a duration rule takes the least, and nothing below it', () => {
  const rule = durationRule('30s', 'so');
  expect(['30s', '29s', '1m', 'soon'].map((text) => rule.holds(text, text))).toEqual([true, false, true, false]);
});
