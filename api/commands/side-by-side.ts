import { Failure } from '../failure.ts';
import { failureOf } from '../refusal.ts';
import { throwAll } from './progress/reach.ts';

/** What became of some changes, each for itself. */
export interface Outcome<R> {
  readonly done: readonly R[];
  readonly failures: readonly Failure[];
}

/** Makes all changes at once. One that is refused keeps no other back. `title`: `Cluster dev`, for the refusal. */
export async function sideBySide<T, R>(
  items: readonly T[],
  title: (item: T) => string,
  change: (item: T) => Promise<R>,
): Promise<Outcome<R>> {
  const settled = await Promise.allSettled(items.map((item) => change(item)));
  const done = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failures = settled.flatMap((one, index) => {
    if (one.status === 'fulfilled') return [];
    const failure = failureOf(one.reason, title(items[index] as T));
    if (failure instanceof Failure) return [failure];
    throw failure;
  });
  return { done, failures };
}

/** Waits for what was done, then tells of everything that has failed: at once, and while it was waited for. */
export async function finish<R>(
  { done, failures }: Outcome<R>,
  wait: (done: readonly R[]) => Promise<void>,
): Promise<void> {
  const later: Failure[] = [];
  try {
    await wait(done);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    later.push(error);
  }
  throwAll([...failures, ...later]);
}
