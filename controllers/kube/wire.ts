import type { KubeObject, Stored } from '../runtime/object.ts';
import type { ResourceType } from './client.ts';

/**
 * An object as it came over the wire, made whole: the items of a list have no apiVersion and kind of their own, and
 * managedFields, often half of an object, is only the server's business (it keeps them when a client leaves them out).
 */
export function stored<T extends KubeObject>(type: ResourceType<T>, body: unknown): Stored<T> {
  const object = body as { metadata: Record<string, unknown> };
  delete object.metadata['managedFields'];
  return Object.assign(object, { apiVersion: type.apiVersion, kind: type.kind }) as unknown as Stored<T>;
}
