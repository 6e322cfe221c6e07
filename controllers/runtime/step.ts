/**
 * What a phase of a reconcile says when it has looked and perhaps acted. A closed union: a thrown error means retry with
 * backoff, and nothing else exists.
 */
export type Step = Proceed | Wait | Failure;

export interface Proceed {
  readonly kind: 'proceed';
  /** CamelCase reason of the True condition. */
  readonly reason: string;
  readonly message: string;
  readonly condition?: string;
}

/** The world is on its way; look again soon. */
export interface Wait {
  readonly kind: 'wait';
  readonly reason: string;
  readonly message: string;
  readonly afterMs: number;
  readonly condition?: string;
  /** Of the condition; False when absent. */
  readonly status?: 'Unknown';
}

/** The world will not get there by itself: a person must change something. Tried again all the same, more rarely. */
export interface Failure {
  readonly kind: 'fail';
  readonly reason: string;
  readonly message: string;
  readonly afterMs: number;
  readonly condition?: string;
}

const WAIT_MS = 2_000;
const RETRY_MS = 30_000;

/** Done here, go on with the next phase. Reason and message are those of the phase's condition, which becomes True. */
export const proceed = (reason = 'Ready', message = ''): Proceed => ({ kind: 'proceed', reason, message });

/** Stop here and look again after `afterMs` (0: at once), or earlier when something changes. */
export const waitFor = (reason: string, message: string, afterMs = WAIT_MS): Wait => ({
  kind: 'wait',
  reason,
  message,
  afterMs,
});

/** Stop here and say so; look again after `afterMs`, or earlier when something changes. */
export const fail = (reason: string, message: string, afterMs = RETRY_MS): Failure => ({
  kind: 'fail',
  reason,
  message,
  afterMs,
});

/** The same step, reported under `condition` instead of the one that its phase names. */
export const about = <S extends Step>(condition: string, step: S): S => ({ ...step, condition });

/** The same step of a phase that could not look: its condition is Unknown, which is not the same as untrue. */
export const unknown = (step: Wait): Wait => ({ ...step, status: 'Unknown' });
