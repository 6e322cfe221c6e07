import { setTimeout as delay } from 'node:timers/promises';
import { parse, stringify } from 'yaml';

import type { ApplyConfiguration, KubeClient } from '../../controllers/kube/client.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import { NAMESPACE } from '../management/objects.ts';

/** In manifests/install/bridge-role.yaml. */
const SERVICE_ACCOUNT = 'qbo-bridge';
const SECRET = 'qbo-bridge-token';
const POLL_MS = 100;
const LIMIT_MS = 30_000;

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: object }[];
}

/**
 * A kubeconfig for the bridge: the way of the administrator's, and the token of its own service account. The token is in a Secret that the
 * API server fills, and works until that is deleted: the bridge is outside of the cluster, where nobody renews one for it.
 */
export async function bridgeKubeconfig(kube: KubeClient, admin: string, signal: AbortSignal): Promise<string> {
  await kube.apply(SecretType, secret, { fieldManager: 'qbo-up' }, signal);
  const token = await tokenOf(kube, signal);
  const { clusters } = parse(admin) as Kubeconfig;
  const [first] = clusters;
  if (first === undefined) throw new Error('The kubeconfig of the management cluster names no cluster.');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'qbo', cluster: first.cluster }],
    users: [{ name: SERVICE_ACCOUNT, user: { token } }],
    contexts: [{ name: 'qbo', context: { cluster: 'qbo', user: SERVICE_ACCOUNT } }],
    'current-context': 'qbo',
  });
}

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: SECRET,
    namespace: NAMESPACE,
    annotations: { 'kubernetes.io/service-account.name': SERVICE_ACCOUNT },
    labels: { 'app.kubernetes.io/name': SERVICE_ACCOUNT, 'app.kubernetes.io/part-of': 'qbo' },
  },
  type: 'kubernetes.io/service-account-token',
} satisfies ApplyConfiguration & { readonly type: string };

async function tokenOf(kube: KubeClient, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    const { data } = (await kube.get(SecretType, { namespace: NAMESPACE, name: SECRET }, signal)) ?? {};
    const token = data?.['token'];
    if (token !== undefined && token !== '') return Buffer.from(token, 'base64').toString();
    await delay(POLL_MS, undefined, { signal });
  }
  throw new Error(
    `The management cluster makes no token for the bridge. See: kubectl -n ${NAMESPACE} describe secret ${SECRET}`,
  );
}
