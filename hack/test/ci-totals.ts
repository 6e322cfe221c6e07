/** The last words of `.ci/run`: what failed in `make verify` and `make test`, and the totals of both in one line. */
import { readResults } from './results.ts';
import { isGood, totalsLine } from './totals.ts';

const totals = await readResults(['verify', 'test']);
for (const { name } of totals.failures) process.stdout.write(`FAILED ${name}\n`);
process.stdout.write(`${totalsLine(totals)}\n`);
process.exitCode = isGood(totals) ? 0 : 1;
