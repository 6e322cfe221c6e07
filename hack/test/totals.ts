/** How many checks or tests passed, failed and were skipped, and what is said of those that failed. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

export interface Failure {
  /** The suite or file, and the test's full name. */
  readonly name: string;
  readonly message: string;
}

export const NOTHING: Totals = { passed: 0, failed: 0, skipped: 0, failures: [] };

export const sum = (all: readonly Totals[]): Totals => ({
  passed: all.reduce((total, { passed }) => total + passed, 0),
  failed: all.reduce((total, { failed }) => total + failed, 0),
  skipped: all.reduce((total, { skipped }) => total + skipped, 0),
  failures: all.flatMap(({ failures }) => failures),
});

/** `12 passed, 0 failed`, with `, 1 skipped` where any was: the line that the continuous integration reads. */
export const totalsLine = ({ passed, failed, skipped }: Totals): string =>
  `${String(passed)} passed, ${String(failed)} failed${skipped > 0 ? `, ${String(skipped)} skipped` : ''}`;

/** Nothing that ran at all is as bad as something that failed. */
export const isGood = (totals: Totals): boolean => totals.failed === 0 && totals.passed > 0;
