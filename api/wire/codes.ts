import type { Command } from './command.ts';
import type { Envelope } from './message.ts';

type Codes = Pick<Envelope, 'command' | 'subcommand' | 'apicommand'>;

/** `CMD_GET`, `SUBCMD_NODE`, `APICMD_NONE`: the names of a command in the envelope. */
export const codesOf = ({ verb, object }: Pick<Command, 'verb' | 'object'>): Codes => ({
  command: `CMD_${verb.toUpperCase()}`,
  subcommand: `SUBCMD_${(object ?? 'none').toUpperCase()}`,
  apicommand: 'APICMD_NONE',
});

/** Those of the message that ends every command. */
export const DONE: Codes = { command: 'CMD_DONE', subcommand: 'SUBCMD_DONE', apicommand: 'APICMD_DONE' };
