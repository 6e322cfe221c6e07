import { UserCondition } from '../../../crds/conditions.ts';
import { COMMAND_LINE_FILE, accountData, commandLineSecretName, isOfNow, readAccount } from '../../../crds/account.ts';
import type { Account } from '../../../crds/account.ts';
import { AccountExpired, NameTaken } from '../../../crds/errors.ts';
import { EventReason } from '../../../crds/events.ts';
import { Label } from '../../../crds/names.ts';
import { accountExpiry, namespaceOf } from '../../../crds/user.ts';
import { SecretType } from '../../kube/kinds.ts';
import { isTrue } from '../../runtime/condition.ts';
import type { Stored } from '../../runtime/object.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { Secret } from '../../kube/kinds.ts';
import { commandLineFile } from '../command-line.ts';
import { newAccount } from '../key.ts';
import { FIELD_MANAGER } from '../scope.ts';
import type { UserScope } from '../scope.ts';
import { accountKey } from './access.ts';

/**
 * A Secret has the service account's key of the present rotation, its owner has it in their namespace, and it has not
 * expired. A key is never changed: another takes its place, so that what is read is one account and never half of two.
 */
export async function ensureAccount(scope: UserScope): Promise<Step> {
  const { object, status, world, signal } = scope;
  const found = await world.kube.get(SecretType, accountKey(object), signal);
  const known = found && readAccount(found);
  const account = found && known && isOfNow(found, known, object) ? known : await replace(scope, found);
  const expires = accountExpiry(object, account.created);
  status.account = {
    rotation: account.rotation,
    created: account.created,
    ...(expires !== undefined && { expires: expires.toISOString() }),
  };
  await ensureCommandLineFile(scope, account);
  if (expires === undefined) return proceed();
  const leftMs = expires.getTime() - world.clock.now();
  if (leftMs > 0) {
    scope.lookAgainIn(leftMs);
    return proceed();
  }
  const error = new AccountExpired({
    user: object.metadata.name,
    since: expires.toISOString(),
    next: account.rotation + 1,
  });
  return fail(error.reason, error.message);
}

async function replace(scope: UserScope, found: Stored<Secret> | undefined): Promise<Account> {
  const { object, world, signal } = scope;
  if (found !== undefined) {
    await world.kube.delete(SecretType, accountKey(object), { uid: found.metadata.uid }, signal);
  }
  const account = newAccount(object.spec.credentials.rotation, new Date(world.clock.now()));
  // Created and not applied: of two who make one at the same time, one is told.
  await world.kube.create(
    SecretType,
    {
      apiVersion: SecretType.apiVersion,
      kind: SecretType.kind,
      metadata: {
        ...accountKey(object),
        labels: { [Label.user]: object.metadata.name, [Label.id]: object.metadata.uid },
      },
      type: 'qbo.io/service-account',
      data: accountData(account),
    },
    signal,
  );
  tell(scope);
  return account;
}

/** It was there, and nobody asked for another. */
const wasLost = ({ object }: UserScope): boolean =>
  isTrue(object.status?.conditions, UserCondition.AccountReady) &&
  object.status?.account?.rotation === object.spec.credentials.rotation;

function tell(scope: UserScope): void {
  const { object, world } = scope;
  const place = `Secret ${commandLineSecretName(object)} in namespace ${namespaceOf(object)}`;
  world.events.record(
    wasLost(scope)
      ? {
          object,
          type: 'Warning',
          reason: EventReason.AccountRestored,
          action: 'CreateAccount',
          message: `The key of the service account was gone or had been changed; there is a new one in ${place}`,
        }
      : {
          object,
          type: 'Normal',
          reason: EventReason.AccountCreated,
          action: 'CreateAccount',
          message: `The service account has a key; cli.json is in ${place}`,
        },
  );
}

async function ensureCommandLineFile({ object, world, signal }: UserScope, account: Account): Promise<void> {
  const { name, uid } = object.metadata;
  const key = { namespace: namespaceOf(object), name: commandLineSecretName(object) };
  const labels = { [Label.user]: name, [Label.id]: uid };
  const value = Buffer.from(commandLineFile(object, account, world.settings.bridge ?? DEFAULT_BRIDGE)).toString(
    'base64',
  );
  const found = await world.kube.get(SecretType, key, signal);
  if (found !== undefined && found.metadata.labels?.[Label.user] !== name) {
    throw new NameTaken({ what: 'Secret', name: key.name, by: 'a Secret without our label' });
  }
  if (found?.data?.[COMMAND_LINE_FILE] === value && found.metadata.labels?.[Label.id] === uid) return;
  await world.kube.apply(
    SecretType,
    {
      apiVersion: SecretType.apiVersion,
      kind: SecretType.kind,
      metadata: { ...key, labels },
      type: 'Opaque',
      data: { [COMMAND_LINE_FILE]: value },
    },
    { fieldManager: FIELD_MANAGER },
    signal,
  );
}

const DEFAULT_BRIDGE = { host: 'localhost', port: 9601 } as const;
