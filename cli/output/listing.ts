/** Tables that are printed once, or, of a watch into a file, a few lines a change; and names alone. */
import { isEnd, sentencesOf, type Row } from '../connection/received.ts';
import type { Command } from '../../api/wire/command.ts';
import { KINDS } from './columns.ts';
import { plain } from './plain.ts';
import type { Printer } from './printer.ts';
import { Rows } from './rows.ts';
import { tableOf, type TableOptions } from './table.ts';
import type { Terminal } from './terminal.ts';
import { textsOf } from './texts.ts';

export type TableForm = Omit<TableOptions, 'columns'>;

export function listingPrinter(command: Command, terminal: Terminal, form: TableForm): Printer {
  const rows = new Rows();
  return {
    show: (received) => {
      for (const text of textsOf(command, received)) terminal.write(text);
      // What the bridge remarks beside the rows, such as a registry that does not answer.
      if (received.envelope.code === 200 && !isEnd(received)) {
        for (const sentence of sentencesOf(received)) terminal.writeError(`${plain(sentence)}\n`);
      }
      rows.take(received);
    },
    finish: () => {
      const lines = rows.tables({ ...form, columns: terminal.isInteractive ? terminal.columns() : Infinity });
      terminal.write(lines.map((line) => `${line}\n`).join(''));
      const absence = rows.absence();
      if (absence !== undefined) terminal.writeError(`${absence}\n`);
    },
    aside: (text) => {
      terminal.writeError(text);
    },
  };
}

/** Each message's rows as they come, below one another: for a log. Those that are gone say so in their state. */
export function appendingPrinter(terminal: Terminal, form: TableForm): Printer {
  let last: string | undefined;
  return {
    show: ({ kind: name, rows }) => {
      const kind = KINDS[name];
      if (kind === undefined || rows.length === 0) return;
      const options = { ...form, hasHeader: form.hasHeader && last !== name, columns: Infinity };
      last = name;
      terminal.write(
        tableOf(kind, rows, options)
          .map((line) => `${line}\n`)
          .join(''),
      );
    },
    finish: () => undefined,
    aside: (text) => {
      terminal.writeError(text);
    },
  };
}

/** What the command line takes as a name, one a line, none twice. */
export function namePrinter(terminal: Terminal): Printer {
  const printed = new Set<string>();
  const print = (name: string): void => {
    if (name === '' || printed.has(name)) return;
    printed.add(name);
    terminal.write(`${name}\n`);
  };
  return {
    show: ({ kind, rows }) => {
      const nameOf: ((row: Row) => string) | undefined = KINDS[kind]?.name;
      if (nameOf !== undefined) rows.map(nameOf).forEach(print);
    },
    finish: () => undefined,
    aside: (text) => {
      terminal.writeError(text);
    },
  };
}
