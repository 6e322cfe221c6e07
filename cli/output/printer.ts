import type { Received } from '../connection/received.ts';

/** Shows a command's messages, in one of the forms that `-o` names. */
export interface Printer {
  show(received: Received): void;
  /** The command is over, well or not; nothing is shown after it. */
  finish(): void;
  /** Writes to standard error without tearing what is drawn. */
  aside(text: string): void;
}
