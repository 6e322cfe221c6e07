/** For programs: a document a message, as the bridge wrote it, so that `jq` and its like read a stream of them. */
import type { Command } from '../../api/wire/command.ts';
import { isEnd, outputsOf, type Received } from '../connection/received.ts';
import { isRead } from '../connection/course.ts';
import type { Printer } from './printer.ts';
import type { Terminal } from './terminal.ts';

/**
 * Of a command that reads, only what it was asked for, and errors: `jq -e` judges by the last document. Of one that
 * changes something, every message up to the one that ends it.
 */
const isDocument = (command: Command, received: Received): boolean =>
  !isRead(command) || received.envelope.code >= 400 || !isTalk(received);

/** Accepted, begun, ended: about the command and not what it was asked for. */
const isTalk = (received: Received): boolean =>
  received.kind === 'input' ||
  isEnd(received) ||
  (received.kind === 'output' &&
    outputsOf(received).every(({ kubeconfig, sshconfig, size }) => (kubeconfig ?? sshconfig ?? size) === undefined));

/** One line a message in a pipe; indented where a person reads it. */
export const jsonPrinter = (command: Command, terminal: Terminal): Printer =>
  documentPrinter(command, terminal, ({ text }) =>
    terminal.isInteractive ? `${JSON.stringify(JSON.parse(text), undefined, 2)}\n` : `${text}\n`,
  );

export async function yamlPrinter(command: Command, terminal: Terminal): Promise<Printer> {
  const { stringify } = await import('yaml');
  return documentPrinter(command, terminal, ({ text }) => `---\n${stringify(JSON.parse(text))}`);
}

function documentPrinter(command: Command, terminal: Terminal, write: (received: Received) => string): Printer {
  return {
    show: (received) => {
      if (isDocument(command, received)) terminal.write(write(received));
    },
    finish: () => undefined,
    aside: (text) => {
      terminal.writeError(text);
    },
  };
}
