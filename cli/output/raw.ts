import type { Command } from '../../api/wire/command.ts';
import { isEnd, sentencesOf } from '../connection/received.ts';
import { plain } from './plain.ts';
import type { Printer } from './printer.ts';
import type { Terminal } from './terminal.ts';
import { textsOf } from './texts.ts';

/** The text itself of what has text: a kubeconfig or a key, ready for a file; what is said beside it goes to standard error. */
export function rawPrinter(command: Command, terminal: Terminal): Printer {
  return {
    show: (received) => {
      for (const text of textsOf(command, received)) terminal.write(text);
      if (received.envelope.code !== 200 || isEnd(received)) return;
      for (const sentence of sentencesOf(received)) terminal.writeError(`${plain(sentence)}\n`);
    },
    finish: () => undefined,
    aside: (text) => {
      terminal.writeError(text);
    },
  };
}
