/**
 * Progress of set-up work that takes seconds to minutes: what is being done, for how long, and what its child process
 * said last. A terminal gets one line that is redrawn; a log gets a line every 15 seconds, so that nobody wonders.
 */
import { RunError } from './run.ts';

/** What a step tells about itself while it runs. */
export interface Report {
  /** The newest line of output; shown beside the elapsed time. */
  (line: string): void;
  /** The work was not needed: its result was there. `why` says what was found. */
  cached(why?: string): void;
}

export type Step = <T>(title: string, work: (report: Report) => Promise<T>) => Promise<T>;

/** Where progress goes, and its sense of time; injected so that tests need neither a terminal nor patience. */
export interface ProgressOutput {
  readonly write: (text: string) => void;
  readonly isTTY: boolean;
  readonly columns: () => number;
  /** Milliseconds from any fixed moment. */
  readonly now: () => number;
  /** Calls back again and again; returns what stops it. */
  readonly every: (intervalMs: number, tick: () => void) => () => void;
}

const LOG_INTERVAL_MS = 15_000;
const TERMINAL_INTERVAL_MS = 500;

interface Running {
  readonly title: string;
  readonly startedAt: number;
  lastLine: string;
}

/** Makes a `step` that writes to the given output. Steps may nest and may run side by side. */
export function createProgress(output: ProgressOutput): Step {
  const running: Running[] = [];
  const clearLine = output.isTTY ? '\r\u001B[K' : '';
  const seconds = (since: number): string => formatDuration(output.now() - since);
  const print = (line: string): void => {
    output.write(`${clearLine}${line}\n`);
  };
  const redraw = (): void => {
    const newest = running.at(-1);
    if (newest && output.isTTY)
      output.write(clearLine + fit(statusLine(newest, seconds(newest.startedAt)), output.columns()));
  };

  return async (title, work) => {
    const self: Running = { title, startedAt: output.now(), lastLine: '' };
    const outcome = { cached: undefined as string | undefined };
    const report = Object.assign(
      (line: string): void => {
        if (line.trim() !== '') self.lastLine = line.trim();
      },
      {
        cached: (why = ''): void => {
          outcome.cached = why;
        },
      },
    );
    running.push(self);
    const stop = output.every(output.isTTY ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS, () => {
      if (output.isTTY) redraw();
      else print(statusLine(self, seconds(self.startedAt)));
    });
    redraw();
    try {
      const result = await work(report);
      print(doneLine(title, seconds(self.startedAt), outcome.cached));
      return result;
    } catch (error) {
      print(`  ✗ ${title} (failed after ${seconds(self.startedAt)})`);
      throw error;
    } finally {
      stop();
      running.splice(running.indexOf(self), 1);
    }
  };
}

const statusLine = (step: Running, elapsed: string): string =>
  `  … ${step.title} (${elapsed})${step.lastLine ? `: ${step.lastLine}` : ''}`;

const doneLine = (title: string, elapsed: string, cached: string | undefined): string =>
  cached === undefined ? `  ✓ ${title} (${elapsed})` : `  ✓ ${title} (cached${cached ? `: ${cached}` : ''})`;

const fit = (line: string, columns: number): string =>
  line.length < columns ? line : `${line.slice(0, columns - 2)}…`;

/** `0.4 s`, `12.3 s`, `2 min 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${String(Math.floor(whole / 60))} min ${String(whole % 60).padStart(2, '0')} s`;
}

/**
 * What a person needs to see of a failed set-up: what failed, the command, the last lines of its output and the next
 * thing to try. For the top of an entry point.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof RunError) {
    const [what] = error.message.split('\n', 1);
    return [
      what,
      ...error.tail.map((line) => `  | ${line}`),
      'To see it again by hand, run:',
      `  ${error.command}`,
      'Run the same make target again once that works: finished steps are kept.',
    ].join('\n');
  }
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof RunError ? `${error.message}\n${describeFailure(error.cause)}` : error.message;
}

/** Progress on this process's standard error, which leaves standard output to results. */
export const step: Step = createProgress({
  write: (text) => process.stderr.write(text),
  isTTY: process.stderr.isTTY,
  columns: () => process.stderr.columns,
  now: () => performance.now(),
  every: (intervalMs, tick) => {
    const timer = setInterval(tick, intervalMs);
    return () => {
      clearInterval(timer);
    };
  },
});
