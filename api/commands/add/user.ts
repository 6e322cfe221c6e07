import { UserKind, type User } from '../../../crds/user.ts';
import { KubeApiError } from '../../../controllers/kube/error.ts';
import type { Stored } from '../../../controllers/runtime/object.ts';
import { Failure } from '../../failure.ts';
import { userRow } from '../../rows/user.ts';
import { keysOf } from '../get/users.ts';
import { isReady, titleOf, type Goal } from '../progress/goal.ts';
import { reach } from '../progress/reach.ts';
import type { Scope } from '../scope.ts';
import { finish, sideBySide } from '../side-by-side.ts';
import { findUsers } from '../users.ts';

/** Makes users, or with --rotate gives new keys to those that are there; prints their command line's configuration. */
export async function addUsers(scope: Scope): Promise<void> {
  const isRotation = scope.command.options.rotate === true;
  const outcome = isRotation
    ? await sideBySide(await findUsers(scope), titleOf, (user) => rotate(scope, user))
    : await sideBySide(
        scope.command.names,
        (name) => `User ${name}`,
        (name) => make(scope, name),
      );
  await finish(outcome, async (goals) => {
    await reach(scope, UserKind, goals);
    await showKeys(scope, goals);
  });
}

async function make({ kube, command, work }: Scope, account: string): Promise<Goal> {
  const name = userNameOf(account);
  const { apiVersion, kind } = UserKind;
  const email = account.includes('@') ? account : `${account}@localhost`;
  const spec = { email, ...(command.options.admin === true && { role: 'admin' }) };
  try {
    const object = await kube.create<User>(UserKind, { apiVersion, kind, metadata: { name }, spec } as User, work);
    return { object, wanted: isReady, reached: 'ready' };
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.code !== 409) throw error;
    throw new Failure(409, `There is a user ${name} already. For new keys: qbo add user ${name} --rotate.`, error);
  }
}

async function rotate({ kube, work }: Scope, user: Stored<User>): Promise<Goal> {
  const rotation = user.spec.credentials.rotation + 1;
  const { name, resourceVersion } = user.metadata;
  const patch = { metadata: { resourceVersion }, spec: { credentials: { rotation } } };
  const object = await kube.mergePatch(UserKind, { namespace: '', name }, patch, work);
  const hasKeys: Goal['wanted'] = (found) => (found as Stored<User>).status?.account?.rotation === rotation;
  return { object, wanted: hasKeys, reached: 'given new keys' };
}

/** To who asked alone. */
async function showKeys(scope: Scope, goals: readonly Goal[]): Promise<void> {
  const { kube, caller, reply, signal } = scope;
  for (const { object } of goals) {
    const user = await kube.get(UserKind, { namespace: '', name: object.metadata.name }, signal);
    if (user !== undefined)
      reply.send({ users: [userRow(user, caller, await keysOf(scope, user))] }, { private: true });
  }
}

/** Of an e-mail, what stands before the @, as far as a name in Kubernetes may have it. */
const userNameOf = (account: string): string =>
  (account.split('@')[0] ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
