/**
 * `node hack/test/main.ts [unit|sim|integration|e2e ...] [-- file patterns]`: runs the suites, all of them by default, sets up
 * what each needs, and ends with the true totals.
 */
import { parseArgs } from 'node:util';

import { formatDuration } from '../console/progress.ts';
import { forgetResults, writeResults } from './results.ts';
import { runSuite } from './run-suite.ts';
import { SUITES } from './suites.ts';
import { isGood, sum, totalsLine, type Totals } from './totals.ts';

const { tokens } = parseArgs({ allowPositionals: true, tokens: true });
const separator = tokens.find(({ kind }) => kind === 'option-terminator')?.index ?? Infinity;
const words = tokens.filter((token) => token.kind === 'positional');
const names = words.filter(({ index }) => index < separator).map(({ value }) => value);
const patterns = words.filter(({ index }) => index > separator).map(({ value }) => value);

const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `No such suite: ${unknown.join(', ')}. There are: ${SUITES.map(({ name }) => name).join(', ')}.\n`,
  );
  process.exitCode = 2;
} else {
  await main(SUITES.filter(({ name }) => names.length === 0 || names.includes(name)));
}

async function main(suites: typeof SUITES): Promise<void> {
  await forgetResults('test');
  const all: Totals[] = [];
  for (const suite of suites) {
    const startedAt = performance.now();
    process.stderr.write(`\n== ${suite.name} tests\n`);
    const totals = await runSuite(suite, patterns);
    process.stderr.write(
      `== ${suite.name} tests: ${totalsLine(totals)} (${formatDuration(performance.now() - startedAt)})\n`,
    );
    all.push(totals);
  }
  const totals = sum(all);
  await writeResults('test', totals);
  for (const { name } of totals.failures) process.stdout.write(`FAILED ${name}\n`);
  process.stdout.write(`${totalsLine(totals)}\n`);
  process.exitCode = isGood(totals) ? 0 : 1;
}
