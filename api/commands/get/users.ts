import { COMMAND_LINE_FILE, commandLineSecretName } from '../../../crds/account.ts';
import { namespaceOf, UserKind, type User } from '../../../crds/user.ts';
import { KubeApiError } from '../../../controllers/kube/error.ts';
import { SecretType } from '../../../controllers/kube/kinds.ts';
import type { Stored } from '../../../controllers/runtime/object.ts';
import { Failure } from '../../failure.ts';
import type { Choice } from '../../choice/choice.ts';
import { isForbidden, refusable } from '../../refusal.ts';
import { commandLine, ownRow, userRow, type CommandLine } from '../../rows/user.ts';
import type { UserRow } from '../../wire/rows.ts';
import { chosen } from '../listing.ts';
import type { Scope } from '../scope.ts';

/**
 * Users, and of those who are named, and the caller, the configuration of their command line as far as the caller may read it:
 * one's own, and an administrator everybody's. It has keys in it: it goes to who asked alone.
 */
export async function getUsers(scope: Scope): Promise<void> {
  const { command, reply } = scope;
  const users = await knownUsers(scope);
  const isNamed = command.names.length > 0;
  const rows = await chosen(scope, 'user', async () =>
    Promise.all(
      users.map(async ({ row, cli }) =>
        choiceOf(scope.caller.namespace, row, isNamed || row.self === 0 ? undefined : await cli()),
      ),
    ),
  );
  const whole = isNamed ? await Promise.all(rows.map((row) => withKeys(row, users))) : rows;
  if (command.options.conf === true) requireKeys(whole);
  reply.send({ users: [...whole] }, { private: true });
}

/** The same without any keys, whoever asks. */
export async function userRows(scope: Scope): Promise<readonly UserRow[]> {
  const users = await knownUsers(scope);
  return chosen(scope, 'user', () =>
    Promise.resolve(users.map(({ row }) => choiceOf(scope.caller.namespace, row, undefined))),
  );
}

interface Known {
  readonly row: UserRow;
  readonly cli: () => Promise<CommandLine | undefined>;
}

/** Everybody, to whom may see them; to others they themselves. */
async function knownUsers(scope: Scope): Promise<readonly Known[]> {
  const { kube, caller, signal } = scope;
  return refusable('The users', async () => {
    try {
      const { items } = await kube.list(UserKind, {}, signal);
      const known = items.map((user) => ({ row: userRow(user, caller), cli: () => keysOf(scope, user) }));
      return known.some(({ row }) => row.self === 1) ? known : [{ row: ownRow(caller), cli: none }, ...known];
    } catch (error) {
      if (!isForbidden(error)) throw error;
      return [{ row: ownRow(caller), cli: () => readKeys(scope, caller.namespace, caller.name, undefined) }];
    }
  });
}

const none = (): Promise<undefined> => Promise.resolve(undefined);

export const keysOf = (scope: Scope, user: Stored<User>): Promise<CommandLine | undefined> =>
  readKeys(scope, namespaceOf(user), user.metadata.name, user.status?.account?.expires);

/** Who may not read them goes without. */
async function readKeys(
  { kube, signal }: Scope,
  namespace: string,
  user: string,
  expires: string | undefined,
): Promise<CommandLine | undefined> {
  try {
    const name = commandLineSecretName({ metadata: { name: user } });
    const secret = await kube.get(SecretType, { namespace, name }, signal);
    const text = secret?.data?.[COMMAND_LINE_FILE];
    return text === undefined ? undefined : commandLine(Buffer.from(text, 'base64').toString(), expires);
  } catch (error) {
    if (error instanceof KubeApiError && error.code < 500) return undefined;
    throw error;
  }
}

/** Users are in no namespace: as if they were in the caller's. */
const choiceOf = (namespace: string, row: UserRow, cli: CommandLine | undefined): Choice<UserRow> => ({
  value: cli === undefined ? row : { ...row, cli },
  namespace,
  words: [row.name, row.email],
  unique: [],
  ids: [row.uuid, ...(row.id === '' ? [] : [row.id])],
});

async function withKeys(row: UserRow, users: readonly Known[]): Promise<UserRow> {
  const cli = await users.find((known) => known.row === row)?.cli();
  return cli === undefined ? row : { ...row, cli };
}

/** -c asks for nothing but the configuration. */
function requireKeys(rows: readonly UserRow[]): void {
  const without = rows.find(({ cli }) => cli === undefined);
  if (without === undefined) return;
  throw new Failure(
    404,
    `User ${without.name} has no configuration that you may read: it has no key yet, or it is not yours. See qbo get user ${without.name}.`,
  );
}
