import type { Command } from '../../api/wire/command.ts';
import type { UserRow } from '../../api/wire/rows.ts';
import { outputsOf, type Received } from '../connection/received.ts';

/**
 * What a person wants as it is, for a file: kubeconfigs, keys, and the cli.json of a user who is made or whose
 * configuration is asked for. Each ends with a line end.
 */
export function textsOf({ verb, options }: Command, received: Received): readonly string[] {
  const texts = outputsOf(received).flatMap(({ kubeconfig, sshconfig }) =>
    [kubeconfig, sshconfig].filter((text) => text !== undefined),
  );
  if (received.kind === 'users' && (verb === 'add' || options.conf)) {
    for (const { cli } of received.rows as readonly Partial<UserRow>[]) {
      if (cli?.conf !== undefined) texts.push(JSON.stringify(cli.conf, undefined, 2));
    }
  }
  return texts.map((text) => (text.endsWith('\n') ? text : `${text}\n`));
}
