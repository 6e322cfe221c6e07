import { kubeconfigSecret } from '../../../crds/cluster.ts';
import { ClusterCondition, Reason } from '../../../crds/conditions.ts';
import { NameTaken } from '../../../crds/errors.ts';
import { EventReason } from '../../../crds/events.ts';
import { Label } from '../../../crds/names.ts';
import { adminKubeconfig } from '../../access.ts';
import { validityIn } from '../../certificate-validity.ts';
import { isOwnedBy, ownedBy } from '../../identity.ts';
import { KubeApiError } from '../../kube/error.ts';
import { SecretType } from '../../kube/kinds.ts';
import type { Secret } from '../../kube/kinds.ts';
import { isTrue } from '../../runtime/condition.ts';
import { keyOf } from '../../runtime/object.ts';
import type { Stored } from '../../runtime/object.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { namedKubeconfig } from '../kubeconfig.ts';
import { childLabels, hasLostTies } from '../own-children.ts';
import { endpointAt, publishedAddress } from './published.ts';
import type { ClusterScope } from '../scope.ts';

const UNPROCESSABLE = 422;

/**
 * The Secret `<cluster>-kubeconfig` has the administrator's kubeconfig under `value`, as Cluster API has it. One that is
 * somebody else's is left alone.
 */
export async function ensureKubeconfig(scope: ClusterScope): Promise<Step> {
  const { object, world, signal } = scope;
  const kubeconfig = await adminKubeconfig(world, object, signal);
  if (kubeconfig === undefined) return waitFor(Reason.ControlPlaneStarting, 'kubeadm has not written it yet', 500);
  const { name, namespace = '' } = object.metadata;
  const published = publishedAddress(scope);
  const endpoint = published === undefined ? undefined : endpointAt(published);
  const value = Buffer.from(namedKubeconfig(kubeconfig, name, endpoint)).toString('base64');
  const found = await world.kube.get(SecretType, { namespace, name: kubeconfigSecret(name) }, signal);
  const isSame = found?.data?.['value'] === value;
  if (isSame && !hasLostTies(found, object, childLabels(object))) return proceed();
  // Nobody else can have our own kubeconfig in a Secret of its name.
  if (found !== undefined && !isSame && !isOurs(found, scope)) {
    throw new NameTaken({ what: 'Secret', name: kubeconfigSecret(name), by: 'a Secret without our label' });
  }
  return write(scope, value, found);
}

async function write(scope: ClusterScope, value: string, found: Stored<Secret> | undefined): Promise<Step> {
  const { object, world, signal } = scope;
  const metadata = {
    name: kubeconfigSecret(object.metadata.name),
    namespace: object.metadata.namespace ?? '',
    labels: childLabels(object),
    ownerReferences: [ownedBy(object)],
  };
  try {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { value } };
    await world.kube.apply(SecretType, secret, { fieldManager: 'qbo-cluster' }, signal);
  } catch (error) {
    if (found === undefined || !(error instanceof KubeApiError) || error.code !== UNPROCESSABLE) throw error;
    // Of another type, or made immutable by somebody: it can only be made anew.
    await world.kube.delete(SecretType, keyOf(found), { uid: found.metadata.uid }, signal);
    tell(scope, value, found);
    return waitFor(Reason.Waiting, `Secret ${metadata.name} could not be changed, and is made anew`, 0);
  }
  if (isTrue(object.status?.conditions, ClusterCondition.KubeconfigReady)) tell(scope, value, found);
  return proceed();
}

function tell(scope: ClusterScope, value: string, found: Stored<Secret> | undefined): void {
  const { object, world } = scope;
  const message = (what: string): string => `Secret ${kubeconfigSecret(object.metadata.name)} ${what}`;
  if (found !== undefined && endOf(value) > endOf(found.data?.['value'])) {
    world.events.record({
      object,
      type: 'Normal',
      reason: EventReason.KubeconfigRenewed,
      action: 'ApplyKubeconfig',
      message: message('has the renewed certificate; copies of the kubeconfig from before work until theirs ends'),
    });
    return;
  }
  if (found !== undefined && isOnlyMoved(found.data?.['value'], value)) {
    world.events.record({
      object,
      type: 'Normal',
      reason: EventReason.KubeconfigMoved,
      action: 'ApplyKubeconfig',
      message: message('leads to the address on which the API server is published'),
    });
    return;
  }
  const what =
    found === undefined ? 'was gone and is made again' : 'was out of date, or had been changed, and is put right';
  world.events.record({
    object,
    type: 'Warning',
    reason: EventReason.KubeconfigRestored,
    action: 'ApplyKubeconfig',
    message: message(what),
  });
}

/** It leads elsewhere, and is the same otherwise. */
const isOnlyMoved = (before: string | undefined, now: string): boolean =>
  before !== now && withoutServer(before) === withoutServer(now);

const withoutServer = (value: string | undefined): string =>
  Buffer.from(value ?? '', 'base64')
    .toString()
    .replace(/^ *(server|tls-server-name): .*\n/gm, '');

/** Of the certificate in a kubeconfig, which is base64; never, when it has none. */
const endOf = (value: string | undefined): number =>
  validityIn(Buffer.from(value ?? '', 'base64').toString())?.to ?? Infinity;

/** That of a former cluster of this name, if it was left behind, is taken over. */
export const isOurs = (secret: Stored<Secret>, { object }: ClusterScope): boolean =>
  isOwnedBy(secret, object) || secret.metadata.labels?.[Label.cluster] === object.metadata.name;
