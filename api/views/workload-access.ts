import { kubeconfigSecret, type Cluster } from '../../crds/cluster.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import type { ObjectKey, Stored } from '../../controllers/runtime/object.ts';

export const kubeconfigKey = ({ metadata }: Cluster): ObjectKey => ({
  namespace: metadata.namespace ?? '',
  name: kubeconfigSecret(metadata.name),
});

/**
 * The administrator's kubeconfig of a cluster, read as whoever `kube` acts as: who may not read that Secret, may not see what is in
 * the cluster either. undefined while there is none. Rejects as `kube` does.
 */
export async function readKubeconfig(
  kube: KubeClient,
  cluster: Stored<Cluster>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const secret = await kube.get(SecretType, kubeconfigKey(cluster), signal);
  const value = secret?.data?.['value'];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

/** What to do about a cluster that nobody can ask now, as a sentence. */
export function howToOpen({ metadata: { name, deletionTimestamp }, spec }: Cluster): string {
  if (deletionTimestamp !== undefined) return 'Nothing in it can be seen any more.';
  if (spec.power === 'Running') return `Try it again when it is ready: qbo get cluster ${name}.`;
  return spec.power === 'Stopped'
    ? `Start it: qbo start cluster ${name}.`
    : `Let it go on: qbo resume cluster ${name}.`;
}

/** Why nobody can ask a cluster for its pods now, as a clause about it; undefined when it can be asked. */
export function whyClosed({ metadata, spec, status }: Cluster): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'is being deleted';
  if (spec.power !== 'Running') return spec.power === 'Stopped' ? 'is stopped' : 'is paused';
  const { power } = status ?? {};
  if (power === 'Stopped' || power === 'Paused') return 'is being started';
  return status?.address === undefined ? 'is being made' : undefined;
}
