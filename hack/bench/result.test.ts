import { describe, expect, test } from '@jest/globals';

import { compare, median, table, type Round } from './result.ts';

const round = (contender: Round['contender'], seconds: number, milestones: Record<string, number> = {}): Round => ({
  contender,
  nodes: 1,
  seconds,
  milestones,
});

describe('the median', () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 2, 4, 6], 5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});

describe('a comparison', () => {
  const rounds = [
    round('ours', 20.04, { 'API server': 9, network: 1 }),
    round('kind', 40),
    round('kind', 44),
    round('ours', 22, { 'API server': 11, network: 1 }),
    round('ours', 99, { 'API server': 10, network: 1 }),
    round('kind', 42),
    { ...round('kind', 1), nodes: 3 },
  ];

  test('divides medians, so that one bad round decides nothing, and keeps the numbers of nodes apart', () => {
    expect(compare(rounds, 1)).toEqual({
      ours_s: [20, 22, 99],
      kind_s: [40, 44, 42],
      ratio: 0.524,
      phases: { network: 1, 'API server': 10 },
    });
  });

  test('is shown with every round, and with the time that each step took', () => {
    const text = table(1, compare(rounds, 1));
    expect(text).toMatch(/3 +99\.0 +42\.0/);
    expect(text).toMatch(/median +22\.0 +42\.0/);
    expect(text).toMatch(/10\.0 +\+9\.0 {2}API server/);
  });
});
