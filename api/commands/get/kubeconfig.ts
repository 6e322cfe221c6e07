import { ClusterKind, type Cluster } from '../../../crds/cluster.ts';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import { KubeApiError } from '../../../controllers/kube/error.ts';
import {
  ClusterRoleBindingType,
  ServiceAccountType,
  type RoleBinding,
  type ServiceAccount,
} from '../../../controllers/kube/kinds.ts';
import type { ObjectKey, Stored } from '../../../controllers/runtime/object.ts';
import type { KubeObject } from '../../../controllers/runtime/object.ts';
import type { ResourceType } from '../../../controllers/kube/client.ts';
import { Failure } from '../../failure.ts';
import { clusterWords } from '../../choice/objects.ts';
import { refusable } from '../../refusal.ts';
import { howToOpen, readKubeconfig, whyClosed } from '../../views/workload-access.ts';
import { titleOf } from '../progress/goal.ts';
import { chosen, listIn } from '../listing.ts';
import { say, type Scope } from '../scope.ts';
import { finish, sideBySide } from '../side-by-side.ts';
import { kubeconfigWithToken } from './kubeconfig-text.ts';

const TOKEN_SECONDS = 3_600;
const PREFIX = 'qbo-';

/**
 * A kubeconfig for each cluster, with a token of the caller's own account in it that lasts an hour. It goes to the socket that asked
 * and nowhere else. Whoever may read the administrator's kubeconfig, which is read as them, may have one.
 */
export async function getKubeconfigs(scope: Scope): Promise<void> {
  const clusters = await chosen(scope, 'cluster', async (where) =>
    (await listIn(scope, ClusterKind, where)).map((value) => ({ value, ...clusterWords(value) })),
  );
  const outcome = await sideBySide(clusters, titleOf, async (cluster) => {
    const { kubeconfig, expiresAt } = await issue(scope, cluster);
    scope.reply.send({ output: [{ kubeconfig }] }, { private: true });
    say(scope, `The kubeconfig of cluster ${cluster.metadata.name} for ${scope.caller.name} ends at ${expiresAt}.`);
  });
  await finish(outcome, () => Promise.resolve());
}

async function issue(
  scope: Scope,
  cluster: Stored<Cluster>,
): Promise<{ readonly kubeconfig: string; readonly expiresAt: string }> {
  const { kube, caller, signal, workloads } = scope;
  const { name } = cluster.metadata;
  const why = whyClosed(cluster);
  if (why !== undefined)
    throw new Failure(409, `Cluster ${name} ${why}: nobody can give out credentials of it now. ${howToOpen(cluster)}`);
  const admin = await readKubeconfig(kube, cluster, signal);
  if (admin === undefined)
    throw new Failure(409, `Cluster ${name} has no kubeconfig yet: see qbo get cluster ${name}.`);
  const lease = workloads.client(admin);
  try {
    return await refusable(`Cluster ${name}`, async () => {
      const account = await ensureAccount(lease.value, accountName(caller.name), signal);
      const { token, expiresAt } = await lease.value.requestToken(account, TOKEN_SECONDS, signal);
      return { kubeconfig: kubeconfigWithToken(admin, { cluster: name, user: caller.name, token }), expiresAt };
    });
  } finally {
    lease.release();
  }
}

/** A user's name has all that a name in Kubernetes may have. */
const accountName = (user: string): string => `${PREFIX}${user}`;

/** The account, and its rights: whoever may read the administrator's kubeconfig is one. Nothing is written when both are there. */
async function ensureAccount(client: KubeClient, name: string, signal: AbortSignal): Promise<ObjectKey> {
  const account = { namespace: 'kube-system', name };
  const labels = { 'app.kubernetes.io/managed-by': 'qbo' };
  const { apiVersion, kind } = ServiceAccountType;
  await ensure<ServiceAccount>(
    client,
    ServiceAccountType,
    { apiVersion, kind, metadata: { ...account, labels } },
    signal,
  );
  const apiGroup = 'rbac.authorization.k8s.io';
  const binding: RoleBinding = {
    apiVersion: ClusterRoleBindingType.apiVersion,
    kind: ClusterRoleBindingType.kind,
    metadata: { name, labels },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  };
  await ensure(client, ClusterRoleBindingType, binding, signal);
  return account;
}

async function ensure<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  object: T,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name } = object.metadata;
  if ((await client.get(type, { namespace, name }, signal)) !== undefined) return;
  try {
    await client.create(type, object, signal);
  } catch (error) {
    // Somebody of the same name asked at the same moment.
    if (!(error instanceof KubeApiError) || error.code !== 409) throw error;
  }
}
