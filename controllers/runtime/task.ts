import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

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
}

/**
 * Long work beside the reconcile loop: pure bookkeeping. What a task did is read from the world by its owner; a result
 * kept here is gone after a restart.
 */
export class Tasks {
  constructor(_options: TasksOptions) {
    throw new Error('not there yet');
  }

  /**
   * Starts the task, or tells how the one that is there fares. At most one runs per owner and id: a new generation
   * aborts the old run and starts when that has ended. A settled state stays until forgotten or replaced.
   */
  ensure<T>(_task: Task<T>): TaskState<T> {
    throw new Error('not there yet');
  }

  /** Aborts what runs and drops what settled: one task, or all of an owner. */
  forget(_owner: string, _id?: string): void {
    throw new Error('not there yet');
  }

  /** Keeps tasks allowed until `signal` aborts, then aborts all and resolves when the last has ended. */
  run(_signal: AbortSignal): Promise<void> {
    throw new Error('not there yet');
  }
}
