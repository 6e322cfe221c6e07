import type { Containers } from './backends/containers.ts';
import type { Enqueue, Source } from './runtime/controller.ts';
import type { KubeObject, ObjectKey } from './runtime/object.ts';
import { keyOf } from './runtime/object.ts';
import type { ReadonlyStore } from './runtime/store.ts';

/** Name of the index by what Docker objects carry as `qbo.io/id`. */
export const BY_ID = 'id';

/**
 * Turns changes of containers and networks into keys of the objects that own them, so that repair starts at once. When
 * the stream is taken up again, everything is looked at: what happened in between was missed.
 * `others` are those that wait for a change of something that is not their own.
 */
export const engineEvents =
  <T extends KubeObject>(
    containers: Containers,
    objects: ReadonlyStore<T>,
    others: (owner: string) => readonly ObjectKey[] = () => [],
  ): Source =>
  async (enqueue: Enqueue, signal: AbortSignal): Promise<void> => {
    for (const object of objects.list()) enqueue(keyOf(object), 'initial');
    for await (const owner of containers.changes(signal)) {
      for (const key of [...objects.byIndex(BY_ID, owner).map(keyOf), ...others(owner)]) enqueue(key);
    }
  };
