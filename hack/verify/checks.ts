/** The checks of `make verify`: each is a program or a function, and says what is wrong and how to mend it. */
import { join } from 'node:path';

import { run, RunError, type Argv } from '../console/run.ts';
import { documentProblems } from './documents.ts';
import { importProblems } from './imports.ts';
import { reasonProblems } from './reasons.ts';
import { sourceProblems } from './sources.ts';
import { readTree } from './tree.ts';

export interface Check {
  readonly name: string;
  /** What is wrong, one entry a problem; empty when nothing is. */
  readonly problems: () => Promise<readonly string[]>;
}

const ROOT = join(import.meta.dirname, '..', '..');

/** A program that exits with other than 0, and prints why, when something is wrong. */
function program(name: string, argv: Argv): Check {
  const problems = async (): Promise<readonly string[]> => {
    const lines: string[] = [];
    try {
      await run(argv, { cwd: ROOT, onLine: (line) => lines.push(line) });
      return [];
    } catch (error) {
      if (!(error instanceof RunError) || error.exitCode === undefined) throw error;
      return [lines.join('\n')];
    }
  };
  return { name, problems };
}

export const CHECKS: readonly Check[] = [
  program('types (tsc)', ['tsc', '-p', 'tsconfig.json']),
  program('lint (eslint)', ['eslint', '--max-warnings', '0', '.']),
  program('format (prettier)', ['prettier', '--check', '--log-level', 'warn', '.']),
  program('generated files (make generate)', [process.execPath, 'hack/generate/main.ts', '--check']),
  program('unused code and dependencies (knip)', ['knip', '--no-progress']),
  { name: 'documents', problems: async () => documentProblems(await readTree(ROOT)) },
  { name: 'source files', problems: async () => sourceProblems(await readTree(ROOT)) },
  { name: 'reasons', problems: async () => reasonProblems(await readTree(ROOT)) },
  { name: 'imports', problems: async () => importProblems(await readTree(ROOT)) },
];
