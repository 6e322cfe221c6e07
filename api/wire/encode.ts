import type { Envelope, Payload } from './message.ts';

/** The order in which QBO writes them; the payload stands before them all. */
const ORDER = [
  'timestamp',
  'status',
  'code',
  'command_id',
  'command_line',
  'command',
  'subcommand',
  'apicommand',
  'callback',
  'uuid',
  'user',
  'agent',
  'peer',
  'host',
  'source',
  'wsi',
  'thread_id',
  'vhost',
  'sequence',
  'resync',
] as const satisfies readonly (keyof Envelope)[];

/** A message as text, to be sent to any number of sockets. */
export function encode(payload: Payload, envelope: Envelope): string {
  const message: Record<string, unknown> = { ...payload };
  for (const key of ORDER) if (envelope[key] !== undefined) message[key] = envelope[key];
  return JSON.stringify(message);
}
