import type { User } from '../../crds/user.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { isTrue } from '../../controllers/runtime/condition.ts';
import type { Caller } from '../caller.ts';
import type { UserRow } from '../wire/rows.ts';
import { userRow as userRowSchema } from '../wire/rows.ts';
import { jsonOf } from '../../crds/json-text.ts';

/** The part of a row that has keys in it: only for the socket that asked. */
export type CommandLine = NonNullable<UserRow['cli']>;

const confSchema = userRowSchema.shape.cli.unwrap().shape.conf;

/** 0 for a user, 1 for an administrator. */
const TYPE = { user: 0, admin: 1 } as const;

export const userRow = (user: Stored<User>, caller: Caller, cli?: CommandLine): UserRow => ({
  name: user.metadata.name,
  uuid: user.status?.uuid ?? user.metadata.uid,
  self: user.metadata.name === caller.name ? 1 : 0,
  picture: '',
  email: user.spec.email,
  type: TYPE[user.spec.role],
  status: user.spec.access === 'Allowed' && isTrue(user.status?.conditions, 'Ready') ? 1 : 0,
  id: user.metadata.uid,
  shell: '',
  ...(cli && { cli }),
});

/** What callers may know of themselves, whatever they may see. */
export const ownRow = (caller: Caller, cli?: CommandLine): UserRow => ({
  name: caller.name,
  uuid: caller.uuid,
  self: 1,
  picture: '',
  email: caller.email,
  type: caller.isAdmin ? TYPE.admin : TYPE.user,
  status: 1,
  id: '',
  shell: '',
  ...(cli && { cli }),
});

/** From the text of a cli.json; undefined when it is none. `expires`: RFC 3339, absent for never. */
export function commandLine(text: string, expires: string | undefined): CommandLine | undefined {
  const conf = confSchema.safeParse(jsonOf(text)).data;
  const exp = expires === undefined ? 0 : Math.floor(Date.parse(expires) / 1000);
  return conf === undefined ? undefined : { exp, conf };
}
