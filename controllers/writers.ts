import type { KubeClient, ResourceType } from './kube/client.ts';
import type { KubeObject, Stored } from './runtime/object.ts';
import { keyOf } from './runtime/object.ts';

const identity = ({ apiVersion, kind, metadata: { name, namespace, uid } }: Stored<KubeObject>) => ({
  apiVersion,
  kind,
  metadata: { name, uid, ...(namespace === undefined ? {} : { namespace }) },
});

/** The uid makes the server refuse when another object has taken the name meanwhile. Sends a whole status by server-side apply: what the manager no longer says goes away. */
export const statusWriter =
  <T extends KubeObject>(kube: KubeClient, type: ResourceType<T>, fieldManager: string) =>
  (object: Stored<T>, status: object, signal: AbortSignal): Promise<Stored<T>> =>
    kube.apply(type, { ...identity(object), status }, { fieldManager, subresource: 'status' }, signal);

/** Sets the finalizers, and is refused when the object has changed since it was read. */
export const finalizerWriter =
  <T extends KubeObject>(kube: KubeClient, type: ResourceType<T>) =>
  (object: Stored<T>, finalizers: readonly string[], signal: AbortSignal): Promise<Stored<T>> =>
    kube.mergePatch(
      type,
      keyOf(object),
      { metadata: { finalizers, resourceVersion: object.metadata.resourceVersion, uid: object.metadata.uid } },
      signal,
    );
