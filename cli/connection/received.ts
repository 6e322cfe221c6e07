import type { Envelope, Payload, PayloadKey } from '../../api/wire/message.ts';
import type { Output } from '../../api/wire/rows.ts';
import { ExitCode } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';

/** A row of any kind, to be shown: its fields are looked at by name. */
export type Row = Readonly<Record<string, unknown>>;

/** One message of our own command. */
export interface Received {
  /** As the bridge wrote it. */
  readonly text: string;
  readonly envelope: Envelope;
  readonly kind: PayloadKey;
  readonly rows: readonly Row[];
  /** The rows are all that there are of their kind, not only those that changed. */
  readonly isSnapshot: boolean;
}

const ENVELOPE: readonly string[] = ['timestamp', 'status', 'code', 'command_id', 'command_line', 'command'];

/** Throws CliFailure for what no bridge would say. Its fields are not checked further: a newer bridge may know more. */
export function readMessage(text: string): Received {
  const message = parse(text);
  // The payload stands before all the rest.
  const [kind] = Object.keys(message);
  const rows = kind === undefined ? undefined : message[kind];
  if (kind === undefined || !Array.isArray(rows) || !ENVELOPE.every((key) => key in message)) throw notUnderstood(text);
  return {
    text,
    envelope: message as unknown as Envelope,
    kind: kind as PayloadKey,
    rows: rows as readonly Row[],
    isSnapshot: message['resync'] === true,
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, with what came.
  }
  throw notUnderstood(text);
}

const notUnderstood = (text: string): CliFailure =>
  new CliFailure(
    ExitCode.failed,
    `The other side says what no bridge would: ${JSON.stringify(text.slice(0, 80))}. Check QBO_HOST and QBO_PORT, and that both sides are of the same version.`,
  );

/** What a message of kind `output` or `input` says to people. */
export const sentencesOf = ({ kind, rows }: Pick<Received, 'kind' | 'rows'>): readonly string[] =>
  kind === 'output' || kind === 'input'
    ? rows.flatMap(({ message }) => (typeof message === 'string' && message !== '' ? [message] : []))
    : [];

export const outputsOf = ({ kind, rows }: Pick<Received, 'kind' | 'rows'>): readonly Output[] =>
  kind === 'output' ? rows : [];

export const isEnd = ({ envelope }: Received): boolean => envelope.command === 'CMD_DONE';

/** A message of our own, where the bridge's own word was lost with a connection. */
export function written(payload: Payload, envelope: Envelope): Received {
  const [entry] = Object.entries(payload) as [PayloadKey, readonly Row[]][];
  if (entry === undefined) throw new Error('a message without payload');
  const [kind, rows] = entry;
  return { text: JSON.stringify({ ...payload, ...envelope }), envelope, kind, rows, isSnapshot: false };
}
