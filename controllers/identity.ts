import { Annotation, Label } from '../crds/names.ts';
import type { KubeObject, Stored } from './runtime/object.ts';

/** What the Docker objects of an API object carry as `qbo.io/id`: its uid, unless it took over objects of an older one. */
export const idOf = (object: Stored<KubeObject>): string =>
  object.metadata.annotations?.[Annotation.id] ?? object.metadata.uid;

/** The same as a label in Kubernetes, where 63 characters are the most: a container's id has one more. */
export const idLabelOf = (object: Stored<KubeObject>): string => idOf(object).slice(0, 63);

/** Labels of everything made outside the API on behalf of `object`, besides `qbo.io/id`. For people, but for `instance`. */
export const labelsFor = (object: KubeObject, instance: string, cluster: string): Record<string, string> => ({
  [Label.instance]: instance,
  [Label.cluster]: cluster,
  [Label.kind]: object.kind,
  [Label.namespace]: object.metadata.namespace ?? '',
  [Label.name]: object.metadata.name,
});

export const isDeleting = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

/** An owner reference to the object that a child was made for. */
export const ownedBy = (owner: Stored<KubeObject>) => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

export const isOwnedBy = (child: KubeObject, owner: Stored<KubeObject>): boolean =>
  child.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;
