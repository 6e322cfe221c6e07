import type { Clock } from './clock.ts';
import { findCondition, isTrue, setCondition, type Condition } from './condition.ts';
import type { Reconcile, ReconcileContext, Result } from './controller.ts';
import { Deadline } from './deadline.ts';
import { isSameJson } from './json.ts';
import type { Logger } from './log.ts';
import { keyString, type KubeObject, type ObjectKey, type Stored } from './object.ts';
import { walk, type Phase, type Report, type Stop } from './phases.ts';
import { DELETING, readiness, removed, unreached, wasReached } from './readiness.ts';
import { isConflict, isNotFound } from './server-failure.ts';

export { reports, type Phase, type Report } from './phases.ts';

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
  readonly report: (report: Report) => void;
  /** Takes a condition away, and what was said of it in this pass: for those that are there only while they apply. */
  readonly withdraw: (type: string) => void;
  /** Comes back after so many ms at the latest, whatever the phases say: for what becomes due without an event. */
  readonly lookAgainIn: (ms: number) => void;
}

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
  /** What is so of the object as a whole, besides Ready, given what was found of its parts; also while it is removed. */
  readonly overall?: (object: Stored<T>, conditions: readonly Condition[]) => readonly Report[];
  /** The status of an object that has none yet. Default `{}`. */
  readonly initialStatus?: () => Status;
  /** Sends the whole status. May return what the server stored, which then stands in for a cache that lags behind. */
  readonly writeStatus: (object: Stored<T>, status: Status, signal: AbortSignal) => Promise<Stored<T> | undefined>;
  /** Sets the whole list, refusing when the object has changed meanwhile. */
  readonly setFinalizers: (object: Stored<T>, finalizers: readonly string[], signal: AbortSignal) => Promise<unknown>;
  /** Looks again after so long, or a little earlier, when all is well, for a world that sends no events. Default: never. */
  readonly recheckMs?: number;
  /** Together the phases may take so long, so that the status can still be written. Default 50 s. */
  readonly phasesTimeoutMs?: number;
}

const PHASES_TIMEOUT_MS = 50_000;

/** Thousands of objects that one start has looked at in a row are not to come in a row for ever. */
const RECHECK_SPREAD = 0.2;

/**
 * The skeleton of every reconciler: get the object; stop if it is paused; take it in hand by a finalizer; walk through
 * its phases until one does not proceed, or through its clean-up when it is being deleted; say in its conditions how far
 * it came; write the status once, and only when it differs from what is stored. Dying between any two of these is
 * harmless. A conflict means that the cache was behind, is nobody's fault and is tried again without a word.
 */
export function reconciler<T extends Conditioned<Status>, Status extends ConditionedStatus, S>(
  options: ReconcilerOptions<T, Status, S>,
): Reconcile {
  const ahead = new Map<string, { readonly base: Stored<T>; readonly written: Stored<T> }>();

  /**
   * The cached object, or what we wrote over it while the cache still shows what was there before. An object that we
   * have seen deleted stays so, whatever the cache has not heard yet: once its finalizer is gone, what a pass over an
   * older version would make is nobody's.
   */
  const newest = (key: string, cached: Stored<T>): Stored<T> => {
    const own = ahead.get(key);
    const isSame = own?.written.metadata.uid === cached.metadata.uid;
    if (own !== undefined && isSame) {
      const isStill = isBehind(own.base, cached) || isDeletionNews(own.written, cached);
      if (isStill || isLetGo(own.written, options.finalizer)) return own.written;
    }
    ahead.delete(key);
    return cached;
  };

  return async (objectKey, context) => {
    const key = keyString(objectKey);
    const cached = options.get(objectKey);
    if (cached === undefined) {
      ahead.delete(key);
      return {};
    }
    const pass = new Pass(options, newest(key, cached), context);
    try {
      return await pass.run((written) => ahead.set(key, { base: cached, written }));
    } catch (error) {
      if (!isConflict(error)) throw error;
      context.log.debug('Object changed meanwhile', { error });
      return { rateLimited: true };
    }
  };
}

const isBehind = (base: Stored<KubeObject>, cached: Stored<KubeObject>): boolean =>
  base.metadata.resourceVersion === cached.metadata.resourceVersion;

const isDeletionNews = (written: Stored<KubeObject>, cached: Stored<KubeObject>): boolean =>
  written.metadata.deletionTimestamp !== undefined && cached.metadata.deletionTimestamp === undefined;

/** Of what is let go nothing may be made any more, whichever version of it the cache has come to. */
const isLetGo = ({ metadata }: Stored<KubeObject>, finalizer: string): boolean =>
  metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) !== true;

/** One reconcile of one object. */
class Pass<T extends Conditioned<Status>, Status extends ConditionedStatus, S> {
  readonly #options: ReconcilerOptions<T, Status, S>;
  /** As the cache has it, or as we have just written it. */
  #object: Stored<T>;
  readonly #context: ReconcileContext;
  readonly #status: Status;
  readonly #reported = new Map<string, Report>();
  readonly #withdrawn = new Set<string>();
  #dueMs = Infinity;

  constructor(options: ReconcilerOptions<T, Status, S>, object: Stored<T>, context: ReconcileContext) {
    this.#options = options;
    this.#object = object;
    this.#context = context;
    this.#status = object.status === undefined ? emptyStatus(options) : structuredClone(object.status);
  }

  async run(remember: (written: Stored<T>) => void): Promise<Result> {
    const { finalizer, pausedAnnotation, setFinalizers } = this.#options;
    const { annotations, deletionTimestamp, finalizers = [] } = this.#object.metadata;
    const isOurs = finalizers.includes(finalizer);
    const isDeleted = deletionTimestamp !== undefined;
    if (isDeleted && !isOurs) return {};

    const paused = annotations?.[pausedAnnotation];
    if (paused !== undefined && paused !== 'false') {
      this.#reportPaused(isDeleted);
      await this.#write(remember);
      return {};
    }
    if (!isOurs) {
      // The watch brings the object back with its finalizer, and only then is anything made that it must clean up.
      await unlessGone(setFinalizers(this.#object, [...finalizers, finalizer], this.#context.signal));
      return {};
    }
    this.#withdrawn.add('Paused');
    return isDeleted ? this.#leave(remember) : this.#live(remember);
  }

  async #live(remember: (written: Stored<T>) => void): Promise<Result> {
    const { phases, summary, recheckMs } = this.#options;
    const stop = await this.#walk(phases);
    for (const report of unreached(this.#conditions(), phases, stop, this.#isReported)) this.#report(report);
    this.#reportOverall();
    this.#report(readiness(this.#conditions(), summary, phases, stop));
    await this.#conclude(stop, remember);
    if (stop !== undefined) return goOn(stop, this.#dueMs);
    if (this.#dueMs < (recheckMs ?? Infinity)) return wantedIn(this.#dueMs);
    // Nothing is known to be wrong: whoever waits for something goes first.
    return recheckMs === undefined ? {} : { requeueAfterMs: recheckMs, priority: 'initial', spread: RECHECK_SPREAD };
  }

  async #leave(remember: (written: Stored<T>) => void): Promise<Result> {
    const { cleanUp, finalizer, setFinalizers } = this.#options;
    if (!isTrue(this.#conditions(), DELETING)) {
      // Said before anything is taken away: what comes now may take its time, and nothing may be called Ready meanwhile.
      this.#reportLeaving(DELETING, 'It is being removed');
      await this.#write(remember);
    }
    const stop = await this.#walk(cleanUp);
    if (stop === undefined) {
      const others = (this.#object.metadata.finalizers ?? []).filter((each) => each !== finalizer);
      await unlessGone(setFinalizers(this.#object, others, this.#context.signal));
      remember({ ...this.#object, metadata: { ...this.#object.metadata, finalizers: others } });
      return {};
    }
    this.#reportLeaving(stop.reason, stop.message);
    await this.#conclude(stop, remember);
    return goOn(stop, this.#dueMs);
  }

  #reportLeaving(reason: string, message: string): void {
    for (const report of removed(this.#conditions(), this.#options.phases, this.#isReported)) this.#report(report);
    this.#report({ type: DELETING, status: 'True', reason, message });
    this.#report({ type: 'Ready', status: 'False', reason: DELETING, message });
    this.#reportOverall();
  }

  async #walk(phases: readonly Phase<S>[]): Promise<Stop | undefined> {
    const { clock, scope, phasesTimeoutMs = PHASES_TIMEOUT_MS } = this.#options;
    const { signal, log } = this.#context;
    const message = `No answer within ${String(phasesTimeoutMs / 1000)} s`;
    const deadline = new Deadline(clock, phasesTimeoutMs, message, signal);
    try {
      const base: Scope<T, Status> = {
        object: this.#object,
        status: this.#status,
        signal: deadline.signal,
        log,
        report: (report) => {
          this.#report(report);
        },
        withdraw: (type) => {
          this.#withdraw(type);
        },
        lookAgainIn: (ms) => {
          this.#dueMs = Math.min(this.#dueMs, ms);
        },
      };
      const before = this.#conditions();
      return await walk(phases, scope(base), base.report, (type) => wasReached(before, type));
    } finally {
      deadline.clear();
    }
  }

  /** Says how it stands, unless a conflict or the end of the operator makes that worthless. */
  async #conclude(stop: Stop | undefined, remember: (written: Stored<T>) => void): Promise<void> {
    this.#context.signal.throwIfAborted();
    if (stop !== undefined && 'rethrow' in stop.next && isConflict(stop.next.rethrow)) throw stop.next.rethrow;
    if (stop?.isStalled === true) {
      this.#report({ type: 'Stalled', status: 'True', reason: stop.reason, message: stop.message });
    } else {
      this.#withdrawn.add('Stalled');
    }
    const { generation } = this.#object.metadata;
    if (generation !== undefined) this.#status.observedGeneration = generation;
    await this.#write(remember);
  }

  readonly #isReported = (type: string): boolean => this.#reported.has(type);

  #reportOverall(): void {
    for (const report of this.#options.overall?.(this.#object, this.#conditions()) ?? []) this.#report(report);
  }

  #reportPaused(isDeleted: boolean): void {
    const annotation = this.#options.pausedAnnotation;
    const message = `Nothing is done for this object while it has the annotation ${annotation}. Remove it to go on`;
    this.#report({ type: 'Paused', status: 'True', reason: 'Paused', message });
    if (isDeleted) {
      this.#report({ type: DELETING, status: 'True', reason: 'Paused', message });
      this.#report({ type: 'Ready', status: 'False', reason: DELETING, message });
    } else if (findCondition(this.#conditions(), 'Ready') === undefined) {
      this.#report({ type: 'Ready', status: 'Unknown', reason: 'Paused', message });
    }
  }

  #report(report: Report): void {
    this.#reported.set(report.type, report);
    this.#withdrawn.delete(report.type);
  }

  #withdraw(type: string): void {
    this.#withdrawn.add(type);
    this.#reported.delete(type);
  }

  /** As they will be written: merged only now, so that one that was said and taken back within a pass has not moved. */
  #conditions(): Condition[] {
    const { generation } = this.#object.metadata;
    const stored = (this.#status.conditions ?? []) as readonly Condition[];
    const kept = stored.filter(({ type }) => !this.#withdrawn.has(type));
    return [...this.#reported.values()].reduce(
      (conditions, report) =>
        setCondition(
          conditions,
          { ...report, ...(generation !== undefined && { observedGeneration: generation }) },
          this.#options.clock,
        ),
      [...kept],
    );
  }

  async #write(remember: (written: Stored<T>) => void): Promise<void> {
    const status = { ...this.#status, conditions: this.#conditions() };
    if (isSameJson(status, this.#object.status)) return;
    this.#logReady(status.conditions);
    const written = await unlessGone(this.#options.writeStatus(this.#object, status, this.#context.signal));
    if (written === undefined) return;
    this.#object = written;
    remember(written);
  }

  #logReady(conditions: readonly Condition[]): void {
    const before = findCondition(this.#object.status?.conditions as readonly Condition[] | undefined, 'Ready');
    const now = findCondition(conditions, 'Ready');
    if (now === undefined || (before?.status === now.status && before.reason === now.reason)) return;
    this.#context.log.info('Ready changed', { status: now.status, reason: now.reason, detail: now.message });
  }
}

function goOn({ next }: Stop, dueMs: number): Result {
  if ('rethrow' in next) throw next.rethrow;
  return wantedIn(Math.min(next.afterMs, dueMs));
}

const wantedIn = (ms: number): Result => ({ requeueAfterMs: Math.max(ms, 1) });

/** Of our own calls only: that the object itself is gone is no failure, the watch will say so. */
async function unlessGone<R>(call: Promise<R>): Promise<R | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Every field of a status that the skeleton knows is optional; a kind that needs more gives initialStatus. */
const emptyStatus = <Status extends ConditionedStatus>({ initialStatus }: { initialStatus?: () => Status }): Status =>
  initialStatus === undefined ? ({} as Status) : initialStatus();
