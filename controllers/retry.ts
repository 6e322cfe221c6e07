import type { Clock } from './runtime/clock.ts';
import type { Task, Tasks, TaskState } from './runtime/task.ts';

/**
 * A task that is tried again `retryMs` after it failed, for as long as it is asked for. Between, it stands as failed,
 * so that its owner can say why; looking again does not start it again.
 */
export function ensureWithRetry<T>(tasks: Tasks, clock: Clock, task: Task<T>, retryMs = 30_000): TaskState<T> {
  const state = tasks.ensure(task);
  if (state.state !== 'failed') return state;
  const retry = `retry ${task.id}`;
  tasks.ensure({
    owner: task.owner,
    id: retry,
    generation: task.generation,
    run: (signal) => clock.sleep(retryMs, signal),
    onSettled: () => {
      tasks.forget(task.owner, task.id);
      tasks.forget(task.owner, retry);
      task.onSettled();
    },
  });
  return state;
}
