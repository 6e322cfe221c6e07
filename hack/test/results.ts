import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { sum, type Failure, type Totals } from './totals.ts';

/** What `make verify` and `make test` leave for the line that `.ci/run` ends with. */
const FOLDER = join(import.meta.dirname, '..', '..', 'build', 'results');

export type Part = 'verify' | 'test';

const pathOf = (part: Part): string => join(FOLDER, `${part}.json`);

/** Called before the work, so that results of an earlier run are never taken for this one's. */
export const forgetResults = (part: Part): Promise<void> => rm(pathOf(part), { force: true });

export async function writeResults(part: Part, totals: Totals): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(pathOf(part), JSON.stringify(totals, undefined, 2));
}

/** The sum of all parts; a part that left nothing, because it died, counts as one failure. */
export const readResults = async (parts: readonly Part[]): Promise<Totals> =>
  sum(await Promise.all(parts.map(readPart)));

async function readPart(part: Part): Promise<Totals> {
  try {
    return JSON.parse(await readFile(pathOf(part), 'utf8')) as Totals;
  } catch (error) {
    const failure: Failure = { name: `make ${part}`, message: `It left no results: ${(error as Error).message}` };
    return { passed: 0, failed: 1, skipped: 0, failures: [failure] };
  }
}
