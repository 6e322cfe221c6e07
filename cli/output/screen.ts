import type { Clock } from '../clock.ts';
import { LiveRegion } from './live.ts';
import type { TableForm } from './listing.ts';
import type { Printer } from './printer.ts';
import { Rows } from './rows.ts';
import type { Terminal } from './terminal.ts';

/** A watch on a terminal: tables that are as things are. The last state stays when it ends. */
export function screenPrinter(terminal: Terminal, form: TableForm, clock: Clock): Printer {
  const rows = new Rows();
  const lines = (): readonly string[] => {
    const tables = rows.tables({ ...form, columns: terminal.columns() - 1 });
    return tables.length > 0 ? tables : [form.paint('dim', rows.absence() ?? 'Waiting …')];
  };
  const live = new LiveRegion({ terminal, clock, isAnimated: false }, lines);
  live.update();
  return {
    show: (received) => {
      if (rows.take(received)) live.update();
    },
    finish: () => {
      live.end(lines());
    },
    aside: (text) => {
      live.above(() => {
        terminal.writeError(text);
      });
    },
  };
}
