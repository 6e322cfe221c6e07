import { Reason } from '../../../crds/conditions.ts';
import { NameTaken } from '../../../crds/errors.ts';
import { Label } from '../../../crds/names.ts';
import { adminKubeconfig } from '../../access.ts';
import { isOwnedBy, ownedBy } from '../../identity.ts';
import { SecretType } from '../../kube/kinds.ts';
import type { KubeObject } from '../../runtime/object.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { namedKubeconfig } from '../kubeconfig.ts';
import type { ClusterScope } from '../scope.ts';

export const secretName = (cluster: string): string => `${cluster}-kubeconfig`;

/**
 * The Secret `<cluster>-kubeconfig` has the administrator's kubeconfig under `value`, as Cluster API has it. One that is
 * somebody else's is left alone.
 */
export async function ensureKubeconfig({ object, world, signal }: ClusterScope): Promise<Step> {
  const kubeconfig = await adminKubeconfig(world, object, signal);
  if (kubeconfig === undefined) return waitFor(Reason.ControlPlaneStarting, 'kubeadm has not written it yet', 500);
  const { name, namespace = '' } = object.metadata;
  const value = Buffer.from(namedKubeconfig(kubeconfig, name)).toString('base64');
  const found = await world.kube.get(SecretType, { namespace, name: secretName(name) }, signal);
  if (found?.data?.['value'] === value && isOwnedBy(found, object)) return proceed();
  if (found !== undefined && !isOwnedBy(found, object) && !isOfClusterNamed(found, name)) {
    throw new NameTaken({ what: 'Secret', name: secretName(name), by: 'a Secret without our label' });
  }
  await world.kube.apply(
    SecretType,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: secretName(name),
        namespace,
        labels: { [Label.cluster]: name },
        ownerReferences: [ownedBy(object)],
      },
      type: 'Opaque',
      data: { value },
    },
    { fieldManager: 'qbo-cluster' },
    signal,
  );
  return proceed();
}

/** That of a former cluster of this name, if it was left behind, is taken over. */
const isOfClusterNamed = ({ metadata }: KubeObject, name: string): boolean => metadata.labels?.[Label.cluster] === name;
