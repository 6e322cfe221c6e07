import { formatDuration, type Report } from '../console/progress.ts';

/**
 * Shows each new message of something that takes its time: on a terminal in the step's own line, in a log as a line with
 * the name of what speaks and the seconds since the start.
 */
export function teller(name: string, report: Report): (message: string) => void {
  const startedAt = performance.now();
  let last = '';
  return (message) => {
    // A condition may quote whole logs; one line of it shows that there is progress.
    const [line = ''] = message.split('\n', 1);
    if (line === last) return;
    last = line;
    report(line);
    if (!process.stderr.isTTY)
      process.stderr.write(`      ${name}, ${formatDuration(performance.now() - startedAt)}: ${line}\n`);
  };
}
