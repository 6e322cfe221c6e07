/** What a command that changes something shows to a person: the step that it is at, and what comes of it. */
import type { Command } from '../../api/wire/command.ts';
import type { Clock } from '../clock.ts';
import { isEnd, sentencesOf, type Received } from '../connection/received.ts';
import { LiveRegion } from './live.ts';
import type { TableForm } from './listing.ts';
import { oneLine } from './plain.ts';
import type { Printer } from './printer.ts';
import { Rows } from './rows.ts';
import type { Terminal } from './terminal.ts';
import { textsOf } from './texts.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** `24.1 s`, `3 min 5 s`. */
function durationOf(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** On a terminal: one line that turns while it works, and the rows that change below it. */
export function progressPrinter(command: Command, terminal: Terminal, form: TableForm, clock: Clock): Printer {
  const rows = new Rows();
  const startedAt = clock.monotonic();
  const story = storyOf(command);
  const elapsed = (): string => form.paint('dim', durationOf(clock.monotonic() - startedAt));
  const indented = (): string[] => rows.tables({ ...form, columns: terminal.columns() - 3 }).map((line) => `  ${line}`);
  const live = new LiveRegion({ terminal, clock, isAnimated: true }, (frame) => [
    `${form.paint('cyan', SPINNER[frame % SPINNER.length] ?? '')} ${story.line()}  ${elapsed()}`,
    ...indented(),
  ]);
  live.update();
  return {
    show: (received) => {
      story.take(received);
      rows.take(received);
      for (const text of textsOf(command, received)) live.above(() => terminal.write(text));
    },
    finish: () => {
      const mark = story.hasSucceeded() ? form.paint('green', '✓') : form.paint('red', '✗');
      live.end([`${mark} ${story.line()}  ${elapsed()}`, ...indented()]);
    },
    aside: (text) => {
      live.above(() => terminal.writeError(text));
    },
  };
}

/** Into a file or a log: a line a step. */
export function stepPrinter(command: Command, terminal: Terminal, form: TableForm, clock: Clock): Printer {
  const rows = new Rows();
  const startedAt = clock.monotonic();
  const story = storyOf(command);
  let last = '';
  const write = (): void => {
    if (story.line() === last) return;
    last = story.line();
    terminal.write(`${durationOf(clock.monotonic() - startedAt).padStart(8)}  ${last}\n`);
  };
  return {
    show: (received) => {
      story.take(received);
      rows.take(received);
      for (const text of textsOf(command, received)) terminal.write(text);
      write();
    },
    finish: () => {
      terminal.write(
        rows
          .tables({ ...form, columns: Infinity })
          .map((line) => `${line}\n`)
          .join(''),
      );
    },
    aside: (text) => {
      terminal.writeError(text);
    },
  };
}

/** What was typed, and the last thing that was said about it. */
function storyOf({ line }: Command) {
  let step = '';
  let endCode = 0;
  return {
    take: (received: Received): void => {
      const { code } = received.envelope;
      if (isEnd(received)) endCode = code;
      else if (code === 200) step = sentencesOf(received).at(-1) ?? step;
    },
    line: (): string => (step === '' ? line : `${line}: ${oneLine(step)}`),
    hasSucceeded: (): boolean => endCode > 0 && endCode < 400,
  };
}
