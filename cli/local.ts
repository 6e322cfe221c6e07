/** What is answered here, without the bridge, in the form of its messages. */
import type { Command } from '../api/wire/command.ts';
import { codesOf } from '../api/wire/codes.ts';
import type { Envelope, Payload } from '../api/wire/message.ts';
import type { CliRow } from '../api/wire/rows.ts';
import type { Config } from './config/index.ts';
import { written, type Received } from './connection/received.ts';

/** The documents have no envelope: nobody sent them. */
export function localMessage(command: Command, payload: Payload): Received {
  const codes = codesOf(command);
  const envelope = { ...codes, code: 200, status: 'OK', command_line: command.line } as Envelope;
  return { ...written(payload, envelope), text: JSON.stringify(payload) };
}

/** What `get user -l` tells: with which configuration the bridge would be asked. */
export const configRow = ({ host, port, credentials, user }: Config): CliRow => ({
  qbo_port: port,
  qbo_host: host,
  // A cookie that was made elsewhere is shown as it is.
  ...(credentials === undefined ? {} : { qbo_uid: credentials.uid as NonNullable<CliRow['qbo_uid']> }),
  ...(credentials === undefined || credentials.aux === '' ? {} : { qbo_aux: credentials.aux }),
  ...(user === undefined ? {} : { qbo_user: user }),
});
