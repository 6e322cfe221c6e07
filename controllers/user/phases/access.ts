import { commandLineSecretName } from '../../../crds/account.ts';
import { EventReason } from '../../../crds/events.ts';
import { Reason } from '../../../crds/conditions.ts';
import { Label } from '../../../crds/names.ts';
import { ACCOUNTS_NAMESPACE, GROUP_OF_ROLE, namespaceOf } from '../../../crds/user.ts';
import type { User } from '../../../crds/user.ts';
import { NamespaceType, RoleBindingType, SecretType } from '../../kube/kinds.ts';
import type { RoleBinding } from '../../kube/kinds.ts';
import type { ObjectKey, Stored } from '../../runtime/object.ts';
import { isSameJson } from '../../runtime/json.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { FIELD_MANAGER } from '../scope.ts';
import type { UserScope } from '../scope.ts';
import { isGivenTo } from './namespace.ts';

/** In manifests/install/user-roles.yaml: what a user may do in their namespace, and the name of what grants it. */
const USER_ROLE = 'qbo-user';

const RBAC = 'rbac.authorization.k8s.io';
/** What takes a User back is a change of it, which is heard of at once. */
const LOOK_AGAIN_MS = 60_000;

/** Who has no access has no credentials and no rights; their clusters stay. */
export async function ensureAllowed(scope: UserScope): Promise<Step> {
  const { object, status, world } = scope;
  if (object.spec.access === 'Allowed') return proceed();
  const had = await revoke(scope);
  delete status.account;
  if (had) {
    world.events.record({
      object,
      type: 'Normal',
      reason: EventReason.AccessRevoked,
      action: 'Revoke',
      message: `Credentials and rights of ${object.spec.email} are taken away; clusters stay`,
    });
  }
  const message = `${object.spec.email} has no access, as spec.access asks; clusters stay`;
  return waitFor(Reason.Revoked, message, LOOK_AGAIN_MS);
}

/** The user and the administrators have the ClusterRole `qbo-user` in the user's namespace. */
export async function ensureBindings({ object, world, signal }: UserScope): Promise<Step> {
  const key = { namespace: namespaceOf(object), name: USER_ROLE };
  const wanted = bindingOf(object, key);
  const found = await world.kube.get(RoleBindingType, key, signal);
  if (found !== undefined && isAsWanted(found, wanted)) return proceed();
  if (found !== undefined && !isSameJson(found.roleRef, wanted.roleRef)) {
    // What a binding refers to can not be changed.
    await world.kube.delete(RoleBindingType, key, { uid: found.metadata.uid }, signal);
  }
  await world.kube.apply(RoleBindingType, { ...wanted }, { fieldManager: FIELD_MANAGER }, signal);
  return proceed();
}

/** Takes away keys, rights and the owner's file; whether there was something to take. */
export async function revoke(scope: UserScope): Promise<boolean> {
  const { object, world, signal } = scope;
  const { name, uid } = object.metadata;
  const namespace = namespaceOf(object);
  const account = await world.kube.get(SecretType, { namespace: ACCOUNTS_NAMESPACE, name }, signal);
  if (account !== undefined) {
    await world.kube.delete(SecretType, accountKey(object), { uid: account.metadata.uid }, signal);
  }
  const home = await world.kube.get(NamespaceType, { namespace: '', name: namespace }, signal);
  if (home === undefined || !isGivenTo(home, object)) return account !== undefined;
  const file = { namespace, name: commandLineSecretName(object) };
  const secret = await world.kube.get(SecretType, file, signal);
  if (secret?.metadata.labels?.[Label.id] === uid) {
    await world.kube.delete(SecretType, file, { uid: secret.metadata.uid }, signal);
  }
  const key = { namespace, name: USER_ROLE };
  const binding = await world.kube.get(RoleBindingType, key, signal);
  if (binding !== undefined) await world.kube.delete(RoleBindingType, key, { uid: binding.metadata.uid }, signal);
  return account !== undefined || binding !== undefined;
}

export const accountKey = ({ metadata }: User): ObjectKey => ({ namespace: ACCOUNTS_NAMESPACE, name: metadata.name });

const bindingOf = (user: Stored<User>, { namespace, name }: ObjectKey) => ({
  apiVersion: RoleBindingType.apiVersion,
  kind: RoleBindingType.kind,
  metadata: { name, namespace, labels: { [Label.user]: user.metadata.name } },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: USER_ROLE },
  subjects: [
    { kind: 'ServiceAccount', name: user.metadata.name, namespace: ACCOUNTS_NAMESPACE },
    { apiGroup: RBAC, kind: 'Group', name: GROUP_OF_ROLE.admin },
  ],
});

const isAsWanted = (found: RoleBinding, wanted: ReturnType<typeof bindingOf>): boolean =>
  isSameJson(found.roleRef, wanted.roleRef) &&
  isSameJson(found.subjects, wanted.subjects) &&
  found.metadata.labels?.[Label.user] === wanted.metadata.labels[Label.user];
