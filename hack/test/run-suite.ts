import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describeFailure } from '../console/progress.ts';
import { totalsOf, type JestReport } from './jest-report.ts';
import type { Suite } from './suites.ts';
import type { Totals } from './totals.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** A run that was told to stop gets this long to write down what it knows. */
const GRACE_MS = 20_000;

/**
 * Prepares and runs one suite; `patterns` narrow it to some files. Never throws: a suite that could not be prepared, did
 * not end in time or left no report is one failed test that says why.
 */
export async function runSuite(suite: Suite, patterns: readonly string[]): Promise<Totals> {
  try {
    await suite.prepare();
    return await runJest(suite, patterns);
  } catch (error) {
    const message = describeFailure(error);
    process.stderr.write(`The ${suite.name} tests could not run: ${message}\n`);
    return { passed: 0, failed: 1, skipped: 0, failures: [{ name: `${suite.name} tests`, message }] };
  }
}

async function runJest(suite: Suite, patterns: readonly string[]): Promise<Totals> {
  const report = join(ROOT, 'build', 'results', `jest-${suite.name}.json`);
  await mkdir(dirname(report), { recursive: true });
  await rm(report, { force: true });

  const end = await jest(suite, [`--outputFile=${report}`, '--', ...patterns]);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error(`jest ${end.how} and left no report. See its output above.`);
  return totalsOf(JSON.parse(text) as JestReport, { ok: end.ok, suite: `${suite.name} tests`, root: ROOT });
}

/** Jest's own output goes where ours goes, as it comes. */
function jest(suite: Suite, args: readonly string[]): Promise<{ ok: boolean; how: string }> {
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(import.meta.resolve('jest/bin/jest')),
      '--selectProjects',
      suite.name,
      '--json',
      // Real clusters and API servers would take each other's processors.
      ['unit', 'sim'].includes(suite.name) ? '--maxWorkers=100%' : '--runInBand',
      ...args,
    ],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return new Promise((resolve, reject) => {
    let late = '';
    const limit = setTimeout(() => {
      late = ` (it was stopped because it took longer than ${String(suite.limitMs / 60_000)} minutes)`;
      child.kill('SIGTERM');
    }, suite.limitMs);
    const kill = setTimeout(() => child.kill('SIGKILL'), suite.limitMs + GRACE_MS);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      clearTimeout(kill);
      resolve({ ok: code === 0, how: `ended with ${String(signal ?? code)}${late}` });
    });
  });
}
