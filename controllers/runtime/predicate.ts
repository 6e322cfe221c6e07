import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from './object.ts';
import type { ChangeEvent } from './reflector.ts';

/** Only events that pass enqueue keys. */
export type Predicate<T extends KubeObject> = (event: ChangeEvent<T>) => boolean;

/**
 * Passes what a user or another controller asks for, and not the status that a controller itself writes: the generation
 * moves with the spec alone, and the server does not move it for metadata.
 */
export function generationOrMetadataChanged({ object, old }: ChangeEvent<KubeObject>): boolean {
  if (old === undefined) return true;
  return !isDeepStrictEqual(asked(object), asked(old));
}

const asked = ({ metadata }: KubeObject): unknown => [
  metadata.generation,
  metadata.labels,
  metadata.annotations,
  metadata.finalizers,
  metadata.ownerReferences,
  metadata.deletionTimestamp,
];
