import type { Caller } from '../caller.ts';
import type { Envelope, Payload, PayloadKey } from '../wire/message.ts';
import { MAX_LINE } from '../wire/words.ts';

/** What all messages of one command have in common. */
export type Letterhead = Pick<
  Envelope,
  | 'command_id'
  | 'command_line'
  | 'command'
  | 'subcommand'
  | 'apicommand'
  | 'uuid'
  | 'user'
  | 'peer'
  | 'wsi'
  | 'thread_id'
>;

/** Of what is no command, or none yet. */
export const NO_CODES = { command: 'CMD_NONE', subcommand: 'SUBCMD_NONE', apicommand: 'APICMD_NONE' } as const;

/** Of a message that no command has caused. */
export const letterhead = (
  { caller, peer, wsi }: { readonly caller: Caller; readonly peer: string; readonly wsi: string },
  of: Pick<Letterhead, 'command_id' | 'command_line' | 'uuid'>,
): Letterhead => ({ ...of, ...NO_CODES, user: caller.email, peer, wsi, thread_id: 0 });

/** A line that was typed, as it is echoed before it is understood: short, and without what a terminal would obey. */
export function echo(line: string): string {
  const words = line
    .slice(0, MAX_LINE)
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
  return words === 'qbo' || words.startsWith('qbo ') ? words : `qbo ${words}`.trimEnd();
}

const OBJECT: Readonly<Partial<Record<PayloadKey, string>>> = {
  clusters: 'SUBCMD_CLUSTER',
  nodes: 'SUBCMD_NODE',
  pods: 'SUBCMD_POD',
  services: 'SUBCMD_SERVICE',
  networks: 'SUBCMD_NETWORK',
  ipvs: 'SUBCMD_IPVS',
  addresses: 'SUBCMD_NETWORK',
  users: 'SUBCMD_USER',
  clients: 'SUBCMD_CLIENT',
  images: 'SUBCMD_IMAGE',
  instances: 'SUBCMD_INSTANCE',
};

/** What the rows of a message are of; nothing for those of which the command says it. */
export const subcommandOf = (payload: Payload): Pick<Partial<Letterhead>, 'subcommand'> => {
  const [key] = Object.keys(payload) as [PayloadKey];
  const subcommand = OBJECT[key];
  return subcommand === undefined ? {} : { subcommand };
};
