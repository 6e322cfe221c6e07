/**
 * `node hack/verify/main.ts [words of a check's name ...]`: runs every check to its end, two at a time, and then says
 * everything that is wrong.
 */
import { describeFailure, step } from '../console/progress.ts';
import { forgetResults, writeResults } from '../test/results.ts';
import { isGood, totalsLine, type Failure, type Totals } from '../test/totals.ts';
import { CHECKS, type Check } from './checks.ts';

const AT_ONCE = 2;

const words = process.argv.slice(2);
const chosen = CHECKS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));

await forgetResults('verify');
const totals = await runAll(chosen);
await writeResults('verify', totals);
for (const { name, message } of totals.failures) process.stdout.write(`\n== ${name}\n${message}\n`);
process.stdout.write(`\nChecks: ${totalsLine(totals)}\n`);
process.exitCode = isGood(totals) ? 0 : 1;

async function runAll(checks: readonly Check[]): Promise<Totals> {
  const waiting = [...checks];
  const failures: Failure[] = [];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const message = await runCheck(check);
      if (message !== undefined) failures.push({ name: `verify: ${check.name}`, message });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { passed: checks.length - failures.length, failed: failures.length, skipped: 0, failures };
}

/** What is wrong; undefined when nothing is. A check that could not run is wrong too. */
async function runCheck(check: Check): Promise<string | undefined> {
  try {
    await step(check.name, async () => {
      const problems = await check.problems();
      if (problems.length > 0) throw new Error(problems.join('\n'));
    });
    return undefined;
  } catch (error) {
    return describeFailure(error);
  }
}
