import { keyOf, type KubeObject, type ObjectKey } from './object.ts';

/** Which keys a change of an object concerns. */
export type Mapping<T extends KubeObject> = (object: T) => Iterable<ObjectKey>;

/** `controller.watch(nodes, itself)`: the object is what the controller reconciles. */
export const itself: Mapping<KubeObject> = (object) => [keyOf(object)];

/** `controller.watch(nodes, itsOwner('Cluster'))`: the objects of `kind` that own it, which stand in its namespace. */
export const itsOwner =
  (kind: string): Mapping<KubeObject> =>
  ({ metadata }) =>
    (metadata.ownerReferences ?? [])
      .filter((owner) => owner.kind === kind)
      .map(({ name }) => ({ namespace: metadata.namespace ?? '', name }));
