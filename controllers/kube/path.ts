import type { KubeObject, ObjectKey } from '../runtime/object.ts';
import type { ResourceType } from './client.ts';
import { KubeApiError } from './error.ts';

/** `/api/v1` for the core group, `/apis/GROUP/VERSION` for every other. */
export const groupPath = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** Where the objects of a kind are listed, watched and created; an empty namespace stands for all of them. */
export function collectionPath(type: ResourceType<KubeObject>, namespace: string): string {
  const base = groupPath(type.apiVersion);
  return type.namespaced && namespace !== ''
    ? `${base}/namespaces/${encodeURIComponent(namespace)}/${type.plural}`
    : `${base}/${type.plural}`;
}

/** Where one object is. Rejects a key without a name, or without the namespace that its kind needs. */
export function objectPath(type: ResourceType<KubeObject>, key: ObjectKey, subresource?: string): string {
  requireKey(type, key);
  const path = `${collectionPath(type, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** An empty name would address the whole collection, and deleting that deletes everything in it. */
export function requireKey(type: ResourceType<KubeObject>, { namespace, name }: ObjectKey): void {
  if (name === '') throw new KubeApiError(400, 'BadRequest', `A ${type.kind} was asked for without its name.`);
  requireNamespace(type, namespace, name);
}

/** Where an object is created: its namespace must be known, its name may still be generated. */
export function requireNamespace(type: ResourceType<KubeObject>, namespace: string, name: string): void {
  if (type.namespaced && namespace === '') {
    throw new KubeApiError(400, 'BadRequest', `${type.kind} "${name}" needs a namespace: set metadata.namespace.`);
  }
}

/** The resource as API errors name it: `secrets`, `clusters.qbo.io`. */
export function resourceName(type: ResourceType<KubeObject>): string {
  const slash = type.apiVersion.indexOf('/');
  return slash < 0 ? type.plural : `${type.plural}.${type.apiVersion.slice(0, slash)}`;
}
