import { relative } from 'node:path';

import type { Failure, Totals } from './totals.ts';

/** What we read of the file that `jest --json --outputFile` writes. */
export interface JestReport {
  readonly testResults: readonly JestFile[];
}

interface JestFile {
  /** Absolute path of the test file. */
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[] | null;
  }[];
}

/**
 * The true totals of a jest run. A file that could not be loaded, or whose afterAll failed, counts as one failure of its
 * own, which jest's count of tests leaves out; so does a run that ended badly although no test did.
 */
export function totalsOf(
  report: JestReport,
  exit: { readonly ok: boolean; readonly suite: string; readonly root: string },
): Totals {
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failures = report.testResults.flatMap((file) => failuresOf(file, exit.root));
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed').length;
  if (failures.length === 0 && !exit.ok) failures.push(unexplained(exit.suite));
  if (failures.length === 0 && passed === 0) failures.push({ name: exit.suite, message: 'No test ran.' });
  return { passed, failed: failures.length, skipped, failures };
}

function failuresOf(file: JestFile, root: string): Failure[] {
  const path = relative(root, file.name);
  const failed = file.assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({
      name: `${path}: ${fullName}`,
      message: (failureMessages ?? []).join('\n'),
    }));
  const couldNotRun =
    file.message.includes('Test suite failed to run') || (file.status === 'failed' && failed.length === 0);
  return couldNotRun ? [...failed, { name: path, message: file.message.trim() }] : failed;
}

const unexplained = (suite: string): Failure => ({
  name: suite,
  message: 'Jest ended with an error although no test failed: see its output above.',
});
