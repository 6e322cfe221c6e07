import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import { Semaphore } from './semaphore.ts';
import { asError } from './thrown.ts';

/** What is known of a task that was asked for. */
export type TaskState<T> =
  | { readonly state: 'running'; readonly lastLine: string; readonly startedAt: number; tail(lines: number): string }
  | { readonly state: 'succeeded'; readonly result: T }
  | { readonly state: 'failed'; readonly error: Error; tail(lines: number): string };

export interface Task<T> {
  /** Uid of the object that the task works for. */
  readonly owner: string;
  /** Names the task among those of its owner: `pull`, `kubeadm-init`. */
  readonly id: string;
  /** Under which its duration is counted; absent: it is not, because it only waits. */
  readonly measuredAs?: string;
  /** The object's generation, or anything else that changes when the work must be done anew. */
  readonly generation: number | string;
  /** The work. It must end when the signal aborts; `report` takes a line of progress. */
  readonly run: (signal: AbortSignal, report: (line: string) => void) => Promise<T>;
  /** Called once when the task has succeeded or failed, never when it was forgotten or replaced: enqueue the object. */
  readonly onSettled: () => void;
}

export interface TasksOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** How many run at once; the others wait. Default 8. */
  readonly concurrency?: number;
  /** Told of each task that has `measuredAs`, and ended by itself. */
  readonly onEnd?: (task: string, result: 'succeeded' | 'failed', tookMs: number) => void;
}

/** One run of one task. */
interface Run {
  readonly task: Task<unknown>;
  readonly abort: AbortController;
  readonly startedAt: number;
  readonly lines: string[];
  outcome?: { readonly result: unknown } | { readonly error: Error };
  /** Resolves when the work no longer runs; never rejects. */
  ended: Promise<void>;
}

const CONCURRENCY = 8;
/** As many lines as a person reads. */
const LINES_KEPT = 200;

/**
 * Long work beside the reconcile loop: pure bookkeeping. What a task did is read from the world by its owner; a result
 * kept here is gone after a restart.
 */
export class Tasks {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #places: Semaphore;
  readonly #onEnd: TasksOptions['onEnd'];
  /** By owner and id: the run that `ensure` speaks of. */
  readonly #runs = new Map<string, Map<string, Run>>();
  /** Runs that were aborted and have not ended yet, by owner and id: the next waits for them. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor({ clock, log, concurrency = CONCURRENCY, onEnd }: TasksOptions) {
    this.#onEnd = onEnd;
    this.#clock = clock;
    this.#log = log;
    this.#places = new Semaphore(concurrency);
  }

  /**
   * Starts the task, or tells how the one that is there fares. At most one runs per owner and id: a new generation
   * aborts the old run and starts when that has ended. A settled state stays until forgotten or replaced.
   */
  ensure<T>(task: Task<T>): TaskState<T> {
    const there = this.#runs.get(task.owner)?.get(task.id);
    if (there?.task.generation === task.generation) return stateOf<T>(there);
    if (there !== undefined) this.#drop(there, 'A newer generation of the object replaced this task');
    return stateOf<T>(this.#start(task));
  }

  /** Aborts what runs and drops what settled: one task, or all of an owner. */
  forget(owner: string, id?: string): void {
    const runs = [...(this.#runs.get(owner)?.values() ?? [])];
    for (const run of runs) {
      if (id === undefined || run.task.id === id) this.#drop(run, 'This task is no longer wanted');
    }
  }

  /** Resolves when `signal` has aborted and every task has been aborted and has ended. From then on none starts. */
  async run(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
    this.#stop.abort(new Error('The operator is stopping'));
    for (const owner of [...this.#runs.keys()]) this.forget(owner);
    await Promise.all(this.#leaving.values());
  }

  #start(task: Task<unknown>): Run {
    const run: Run = {
      task,
      abort: new AbortController(),
      startedAt: this.#clock.now(),
      lines: [],
      ended: Promise.resolve(),
    };
    if (this.#stop.signal.aborted) return run;
    const ofOwner = this.#runs.get(task.owner) ?? new Map<string, Run>();
    this.#runs.set(task.owner, ofOwner.set(task.id, run));
    run.ended = this.#work(run, this.#leaving.get(keyOf(task)));
    return run;
  }

  async #work(run: Run, before: Promise<void> | undefined): Promise<void> {
    const { task, abort, lines } = run;
    const log = this.#log.child({ owner: task.owner, task: task.id, generation: task.generation });
    try {
      await before;
      const leave = await this.#places.enter(abort.signal);
      log.debug('Task started');
      try {
        const result = await task.run(abort.signal, (line) => {
          lines.push(line);
          if (lines.length > LINES_KEPT) lines.shift();
        });
        run.outcome = { result };
      } finally {
        leave();
      }
    } catch (thrown) {
      run.outcome = { error: asError(thrown) };
    }
    if (!abort.signal.aborted) this.#settle(run, log);
  }

  #settle({ task, outcome, startedAt }: Run, log: Logger): void {
    const tookMs = this.#clock.now() - startedAt;
    const hasFailed = outcome !== undefined && 'error' in outcome;
    if (task.measuredAs !== undefined) this.#onEnd?.(task.measuredAs, hasFailed ? 'failed' : 'succeeded', tookMs);
    if (hasFailed) log.warn('Task failed', { error: outcome.error, tookMs });
    else log.info('Task succeeded', { tookMs });
    try {
      task.onSettled();
    } catch (error) {
      log.error('Nobody could be told that a task has settled', { error });
    }
  }

  #drop(run: Run, why: string): void {
    const { task, abort } = run;
    const ofOwner = this.#runs.get(task.owner);
    ofOwner?.delete(task.id);
    if (ofOwner?.size === 0) this.#runs.delete(task.owner);
    if (run.outcome !== undefined) return;
    abort.abort(new Error(why));
    // It waits for its predecessor, so the last one dropped stands for all.
    const left = run.ended.then(() => {
      if (this.#leaving.get(keyOf(task)) === left) this.#leaving.delete(keyOf(task));
    });
    this.#leaving.set(keyOf(task), left);
  }
}

const keyOf = ({ owner, id }: Task<unknown>): string => `${owner}/${id}`;

function stateOf<T>({ outcome, lines, startedAt }: Run): TaskState<T> {
  const tail = (count: number): string => (count > 0 ? lines.slice(-count).join('\n') : '');
  if (outcome === undefined) {
    return { state: 'running', lastLine: lines.at(-1) ?? 'Waiting to begin', startedAt, tail };
  }
  if ('error' in outcome) return { state: 'failed', error: outcome.error, tail };
  // The run was started by a Task<T> of the same owner, id and generation: an id means one kind of work.
  return { state: 'succeeded', result: outcome.result as T };
}
