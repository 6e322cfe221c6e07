import type { Account } from '../../crds/account.ts';
import type { User } from '../../crds/user.ts';

/** Where people find the bridge. */
export interface BridgeAddress {
  readonly host: string;
  readonly port: number;
}

/** What a user puts into `~/.qbo/cli.json`. With `d` they can also sign tokens that end within minutes. */
export const commandLineFile = (
  { spec }: User,
  { key: { crv, kty, x, y, d }, aux }: Account,
  { host, port }: BridgeAddress,
): string =>
  `${JSON.stringify({ qbo_uid: { crv, kty, x, y }, d, qbo_aux: aux, qbo_host: host, qbo_port: port, qbo_user: spec.email }, undefined, 2)}\n`;
