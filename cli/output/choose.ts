import type { Command } from '../../api/wire/command.ts';
import type { Clock } from '../clock.ts';
import { isRead } from '../connection/course.ts';
import { jsonPrinter, yamlPrinter } from './documents.ts';
import { appendingPrinter, listingPrinter, namePrinter, type TableForm } from './listing.ts';
import type { Printer } from './printer.ts';
import { progressPrinter, stepPrinter } from './progress.ts';
import { rawPrinter } from './raw.ts';
import { screenPrinter } from './screen.ts';
import { painter } from './style.ts';
import type { Terminal } from './terminal.ts';

export const FORMATS = ['json', 'yaml', 'table', 'wide', 'name', 'raw'] as const;

export type Format = (typeof FORMATS)[number];

export interface OutputOptions {
  /** Without one, tables for a terminal and JSON for anything else. */
  readonly format?: Format;
  readonly hasHeader: boolean;
}

/** The printer for a command's messages. */
export async function choosePrinter(
  command: Command,
  { format, hasHeader }: OutputOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<Printer> {
  const chosen = format ?? (terminal.isInteractive ? 'table' : 'json');
  switch (chosen) {
    case 'json':
      return jsonPrinter(command, terminal);
    case 'yaml':
      return yamlPrinter(command, terminal);
    case 'name':
      return namePrinter(terminal);
    case 'raw':
      return rawPrinter(command, terminal);
    case 'table':
    case 'wide':
      return tablePrinter(
        command,
        { isWide: chosen === 'wide', hasHeader, paint: painter(terminal.hasColour) },
        terminal,
        clock,
      );
  }
}

function tablePrinter(command: Command, form: TableForm, terminal: Terminal, clock: Clock): Printer {
  if (!isRead(command)) {
    return terminal.isInteractive
      ? progressPrinter(command, terminal, form, clock)
      : stepPrinter(command, terminal, form, clock);
  }
  if (!command.options.watch) return listingPrinter(command, terminal, form);
  return terminal.isInteractive ? screenPrinter(terminal, form, clock) : appendingPrinter(terminal, form);
}
