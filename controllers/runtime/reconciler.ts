import type { Clock } from './clock.ts';
import type { ConditionUpdate } from './condition.ts';
import type { Reconcile } from './controller.ts';
import type { Logger } from './log.ts';
import type { KubeObject, ObjectKey, Stored } from './object.ts';
import type { Step } from './step.ts';

/** The status of every kind that this skeleton serves; both fields are written by the skeleton. */
export interface ConditionedStatus {
  /** metav1.Condition list. */
  conditions?: unknown;
  /** The generation that Ready speaks of: kstatus compares it with metadata.generation. */
  observedGeneration?: number | undefined;
}

export interface Conditioned<Status extends ConditionedStatus> extends KubeObject {
  readonly status?: Status | undefined;
}

/** What every phase gets; a kind's own scope adds its world. */
export interface Scope<T extends KubeObject, Status> {
  /** As the cache has it. Never changed. */
  readonly object: Stored<T>;
  /** A draft that phases may write to; sent once at the end, when it differs from what is stored. */
  readonly status: Status;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Sets a condition beside the phase's own. */
  report(condition: Omit<ConditionUpdate, 'observedGeneration'>): void;
}

/** Looks at the world, takes at most one step, says what it waits for. */
export type Phase<S> = ((scope: S) => Promise<Step>) & { readonly condition?: string };

/** Names the condition that a phase reports: True when it proceeds, False with its reason and message when it does not. */
export const reports = <S>(condition: string, run: (scope: S) => Promise<Step>): Phase<S> =>
  Object.assign((scope: S) => run(scope), { condition });

export interface ReconcilerOptions<T extends Conditioned<Status>, Status extends ConditionedStatus, S> {
  readonly finalizer: string;
  /** While an object has this annotation (and it is not 'false') nothing is done for it. */
  readonly pausedAnnotation: string;
  readonly clock: Clock;
  /** From the cache. */
  readonly get: (key: ObjectKey) => Stored<T> | undefined;
  /** Makes what phases get out of what every kind has. */
  readonly scope: (base: Scope<T, Status>) => S;
  /** In the order of life. */
  readonly phases: readonly Phase<S>[];
  /** In the order of leaving. The finalizer goes when all have proceeded. */
  readonly cleanUp: readonly Phase<S>[];
  /** Condition types that must all be True for Ready. */
  readonly summary: readonly string[];
  /** The status of an object that has none yet. Default `{}`. */
  readonly initialStatus?: () => Status;
  /** Sends the whole status. May return what the server stored, which then stands in for a cache that lags behind. */
  readonly writeStatus: (object: Stored<T>, status: Status, signal: AbortSignal) => Promise<Stored<T> | undefined>;
  /** Sets the whole list, refusing when the object has changed meanwhile. */
  readonly setFinalizers: (object: Stored<T>, finalizers: readonly string[], signal: AbortSignal) => Promise<unknown>;
  /** Looks again after so long when all is well, for a world that sends no events. Default: never. */
  readonly recheckMs?: number;
}

export function reconciler<T extends Conditioned<Status>, Status extends ConditionedStatus, S>(
  _options: ReconcilerOptions<T, Status, S>,
): Reconcile {
  throw new Error('not there yet');
}
