import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judge } from './certificates.ts';
import type { Certificate } from './certificates.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const certificate = (renewedBy: Certificate['renewedBy'], from: number, to: number): Certificate => ({
  path: `/${renewedBy}`,
  renewedBy,
  validity: { from, to },
});

describe('a certificate that kubeadm renews', () => {
  const isDue = (from: number, to: number, now: number, renewedAt?: number): boolean =>
    judge([certificate('kubeadm', from, to)], now, renewedAt).due.length > 0;

  test('of a year is due 30 days before its end', () => {
    expect(isDue(0, 365 * DAY, 334 * DAY)).toBe(false);
    expect(isDue(0, 365 * DAY, 335 * DAY)).toBe(true);
  });

  test('of an hour is due in its last third', () => {
    expect(isDue(0, HOUR, 0.66 * HOUR)).toBe(false);
    expect(isDue(0, HOUR, 0.67 * HOUR)).toBe(true);
  });

  test('that is dated back to its authority lives from its renewal on, and is not renewed again and again', () => {
    const to = 700 * DAY + HOUR;
    expect(isDue(0, to, 700 * DAY + 60_000)).toBe(true);
    expect(isDue(0, to, 700 * DAY + 60_000, 700 * DAY)).toBe(false);
    expect(isDue(0, to, 700 * DAY + 0.7 * HOUR, 700 * DAY)).toBe(true);
  });

  test('is late from its very end on', () => {
    expect(judge([certificate('kubeadm', 0, HOUR)], HOUR - 1).isLate).toBe(false);
    expect(judge([certificate('kubeadm', 0, HOUR)], HOUR).isLate).toBe(true);
  });

  test('is due and late when it can not be read', () => {
    const { due, isLate, endsAt } = judge([{ path: '/x', renewedBy: 'kubeadm', validity: undefined }], 0);
    expect({ due: due.length, isLate, endsAt }).toEqual({ due: 1, isLate: true, endsAt: undefined });
  });

  test('is always due some time before its end, and never in the first half of its life', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 4_000 * DAY }), (life) => {
        expect(isDue(0, life, life - 1)).toBe(true);
        expect(isDue(0, life, life / 2)).toBe(false);
      }),
    );
  });
});

test('the certificate of a kubelet is left to the kubelet until it has ended', () => {
  const kubelet = certificate('kubelet', 0, 365 * DAY);
  expect(judge([kubelet], 365 * DAY - 1).due).toEqual([]);
  expect(judge([kubelet], 365 * DAY)).toMatchObject({ due: [kubelet], isLate: true });
});

test('an authority is never renewed, and warned of in its last year', () => {
  const authority = certificate('nobody', 0, 3_650 * DAY);
  expect(judge([authority], 3_284 * DAY).endingAuthorities).toEqual([]);
  expect(judge([authority], 3_286 * DAY).endingAuthorities).toEqual([authority]);
  expect(judge([authority], 4_000 * DAY)).toMatchObject({ due: [], isLate: false });
});

test('the end that counts is the first of all', () => {
  const all = [certificate('nobody', 0, 30 * DAY), certificate('kubelet', 0, 10 * DAY), certificate('kubeadm', 0, DAY)];
  expect(judge(all, 0).endsAt).toBe(DAY);
  expect(judge([], 0).endsAt).toBeUndefined();
});
