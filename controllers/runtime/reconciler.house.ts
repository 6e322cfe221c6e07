import { FakeClock } from './clock.ts';
import { findCondition, type Condition } from './condition.ts';
import type { Result } from './controller.ts';
import { silentLogger } from './log.ts';
import { keyOf, type KubeObject, type ObjectMeta, type Stored } from './object.ts';
import { reconciler, type Phase, type ReconcilerOptions, type Scope } from './reconciler.ts';
import { proceed, type Step } from './step.ts';

/* A small kind with its cache, for the tests of the skeleton. */

export interface RoomStatus {
  conditions?: Condition[];
  observedGeneration?: number;
  colour?: string;
}
export interface Room extends KubeObject {
  readonly status?: RoomStatus;
}
export type RoomScope = Scope<Room, RoomStatus>;
export type RoomOptions = ReconcilerOptions<Room, RoomStatus, RoomScope>;

export const FINALIZER = 'example.org/room';

/** A house with one room, its cache, and what was written to it. */
export class House {
  readonly clock = new FakeClock();
  readonly stop = new AbortController();
  readonly writes: RoomStatus[] = [];
  readonly finalizerWrites: (readonly string[])[] = [];
  /** Thrown by the next write. */
  refusal: Error | undefined;
  /** While true the cache shows nothing of what is written. */
  isCacheBehind = false;
  cached: Stored<Room> | undefined = room();

  options(more: Partial<RoomOptions>): RoomOptions {
    return {
      finalizer: FINALIZER,
      pausedAnnotation: 'example.org/paused',
      clock: this.clock,
      get: () => this.cached,
      scope: (base) => base,
      phases: [],
      cleanUp: [],
      summary: [],
      writeStatus: (object, status) => this.#store(object, status),
      setFinalizers: async (object, finalizers) => {
        this.finalizerWrites.push(finalizers);
        await this.#store(object, object.status, finalizers);
      },
      ...more,
    };
  }

  /** What one pass after another does, as a controller would call it. */
  with(more: Partial<RoomOptions>): () => Promise<Result> {
    const reconcile = reconciler(this.options(more));
    return () => reconcile(keyOf(room()), { signal: this.stop.signal, log: silentLogger });
  }

  condition(type: string): Condition | undefined {
    return findCondition(this.cached?.status?.conditions, type);
  }

  /** `status reason: message` of a condition. */
  says(type: string): string | undefined {
    const found = this.condition(type);
    return found && `${found.status} ${found.reason}: ${found.message}`;
  }

  async #store(object: Stored<Room>, status?: RoomStatus, finalizers?: readonly string[]): Promise<Stored<Room>> {
    await Promise.resolve();
    const refusal = this.refusal;
    this.refusal = undefined;
    if (refusal !== undefined) throw refusal;
    if (finalizers === undefined && status !== undefined) this.writes.push(status);
    const resourceVersion = String(Number(object.metadata.resourceVersion) + 1);
    const metadata = { ...object.metadata, resourceVersion, ...(finalizers && { finalizers }) };
    const stored = { ...object, metadata, ...(status && { status }) };
    if (!this.isCacheBehind) this.cached = stored;
    return stored;
  }
}

export const room = (metadata: Partial<ObjectMeta> = {}, status?: RoomStatus): Stored<Room> => ({
  apiVersion: 'example.org/v1',
  kind: 'Room',
  metadata: {
    name: 'blue',
    namespace: 'house',
    uid: 'uid-1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    generation: 1,
    finalizers: [FINALIZER],
    ...metadata,
  },
  ...(status && { status }),
});

/** A phase that says what `steps` hold, one after the other, and the last for ever. */
export const says =
  (...steps: Step[]): Phase<RoomScope> =>
  () =>
    Promise.resolve((steps.length > 1 ? steps.shift() : steps[0]) ?? proceed());

export const breaks =
  (error: unknown): Phase<RoomScope> =>
  () =>
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a careless library does
    Promise.reject(error);
