import { describeFailure } from '../console/progress.ts';

const INTERRUPTED = 130;

/**
 * Runs the work of an entry point to its end and tells a failure for people. The first interrupt aborts the signal and
 * ends this process at once, whatever a child is doing: the next run goes on from what it finds.
 */
export async function untilInterrupted(command: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        resolve();
        stop.abort(new Error('interrupted'));
      });
    }
  });
  const failure = work(stop.signal).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const failed = await Promise.race([failure, interrupted]);
  if (stop.signal.aborted) {
    process.stderr.write(`\nInterrupted. \`${command}\` goes on where it stopped when you run it again.\n`);
    process.exit(INTERRUPTED);
  }
  if (failed !== undefined) {
    process.stderr.write(`\n${describeFailure(failed.error)}\n`);
    process.exitCode = 1;
  }
}
