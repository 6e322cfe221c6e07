import { describe, expect, test } from '@jest/globals';

import { totalsOf, type JestReport } from './jest-report.ts';
import { isGood, NOTHING, sum, totalsLine } from './totals.ts';

const file = (
  statuses: readonly string[],
  more: Partial<JestReport['testResults'][number]> = {},
): JestReport['testResults'][number] => ({
  name: '/repo/a.test.ts',
  status: statuses.includes('failed') ? 'failed' : 'passed',
  message: '',
  assertionResults: statuses.map((status, index) => ({
    fullName: `test ${String(index)}`,
    status,
    failureMessages: status === 'failed' ? ['expected 1'] : [],
  })),
  ...more,
});

const totals = (files: JestReport['testResults'], ok = true): ReturnType<typeof totalsOf> =>
  totalsOf({ testResults: files }, { ok, suite: 'unit', root: '/repo' });

describe('the totals of a jest run', () => {
  test('count every test by its own state', () => {
    const found = totals([file(['passed', 'failed', 'pending', 'todo']), file(['passed'])], false);

    expect(found).toMatchObject({ passed: 2, failed: 1, skipped: 2 });
    expect(found.failures).toEqual([{ name: 'a.test.ts: test 1', message: 'expected 1' }]);
  });

  test('count a file that could not be loaded as a failure', () => {
    const broken = file([], { status: 'failed', message: '  ● Test suite failed to run\n\n    no such module' });

    const found = totals([broken, file(['passed'])], false);

    expect(found).toMatchObject({ passed: 1, failed: 1, failures: [{ name: 'a.test.ts' }] });
    expect(found.failures[0]?.message).toContain('no such module');
  });

  test('count a clean-up that failed after good tests', () => {
    expect(totals([file(['passed'], { status: 'failed', message: 'after' })], false)).toMatchObject({
      passed: 1,
      failed: 1,
    });
  });

  test('count a clean-up that failed besides a failed test', () => {
    const both = file(['failed'], { message: '● Test suite failed to run\n after' });

    expect(totals([both], false).failed).toBe(2);
  });

  test('count a bad end without a failed test as a failure', () => {
    expect(totals([file(['passed'])], false)).toMatchObject({ passed: 1, failed: 1, failures: [{ name: 'unit' }] });
  });

  test('count no test at all, or none but skipped ones, as a failure', () => {
    expect(totals([])).toMatchObject({ passed: 0, failed: 1, failures: [{ message: 'No test ran.' }] });
    expect(totals([file(['pending'])])).toMatchObject({ passed: 0, failed: 1, skipped: 1 });
  });
});

describe('the line that is read', () => {
  test('has the sums, and skipped tests only where there are any', () => {
    const some = { passed: 2, failed: 0, skipped: 0, failures: [] };

    expect(totalsLine(sum([some, some]))).toBe('4 passed, 0 failed');
    expect(totalsLine(sum([some, { ...some, failed: 1, skipped: 3 }]))).toBe('4 passed, 1 failed, 3 skipped');
  });

  test('is good only when something passed and nothing failed', () => {
    expect(isGood(NOTHING)).toBe(false);
    expect(isGood({ ...NOTHING, passed: 1 })).toBe(true);
    expect(isGood({ ...NOTHING, passed: 1, failed: 1 })).toBe(false);
  });
});
