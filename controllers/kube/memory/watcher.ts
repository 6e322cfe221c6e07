import type { Clock } from '../../runtime/clock.ts';
import type { Change, History } from './history.ts';
import type { Predicate } from './selector.ts';
import type { Tree } from './tree.ts';

export interface WatcherOptions {
  readonly history: History;
  /** Changes after this revision are told. */
  readonly from: number;
  /** What is there now; told first, when the watch begins with the present. */
  readonly initial: readonly Tree[];
  readonly selected: Predicate;
  readonly revision: () => number;
  readonly timeoutSeconds: number | undefined;
  readonly clock: Clock;
  /** Aborts when the server breaks its connections. */
  readonly connection: AbortSignal;
}

export interface Told {
  readonly type: Change['type'] | 'BOOKMARK';
  readonly object: Tree;
}

/** Tells every change, then ends with a bookmark when its time is over. Throws the reason of the signal that aborts. */
export async function* watcher(options: WatcherOptions, signal: AbortSignal): AsyncGenerator<Told> {
  const { history, clock, connection, timeoutSeconds } = options;
  const bell = new Bell();
  const time = { isOver: false };
  const ring = (): void => {
    bell.ring();
  };
  const end = (): void => {
    time.isOver = true;
    bell.ring();
  };
  const stopListening = history.listen(ring);
  const stopTimer = timeoutSeconds === undefined ? undefined : clock.after(timeoutSeconds * 1000, end);
  signal.addEventListener('abort', ring);
  connection.addEventListener('abort', ring);
  try {
    for (const object of options.initial) yield { type: 'ADDED', object };
    let seen = options.from;
    for (;;) {
      seen = yield* changes(options, seen, signal);
      if (time.isOver) break;
      await bell.rung();
      throwIfBroken(signal, connection);
    }
    yield { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(options.revision()) } } };
  } finally {
    stopListening();
    stopTimer?.();
    signal.removeEventListener('abort', ring);
    connection.removeEventListener('abort', ring);
  }
}

/** Tells the changes after a revision, also those that come while it tells; returns the last one's revision. */
function* changes(options: WatcherOptions, after: number, signal: AbortSignal): Generator<Told, number> {
  let seen = after;
  for (let found = options.history.since(seen); found.length > 0; found = options.history.since(seen)) {
    for (const change of found) {
      throwIfBroken(signal, options.connection);
      seen = change.revision;
      const told = tell(change, options.selected);
      if (told !== undefined) yield told;
    }
  }
  return seen;
}

/** To a watch with a selector, an object that comes into its sight is added, and one that leaves it is deleted. */
function tell({ type, object, previous }: Change, selected: Predicate): Told | undefined {
  const was = previous !== undefined && selected(previous);
  const is = type !== 'DELETED' && selected(object);
  if (was && is) return { type: 'MODIFIED', object };
  if (is) return { type: 'ADDED', object };
  return was ? { type: 'DELETED', object } : undefined;
}

function throwIfBroken(signal: AbortSignal, connection: AbortSignal): void {
  signal.throwIfAborted();
  connection.throwIfAborted();
}

/** Wakes one waiter; a ring that nobody waits for is kept. */
class Bell {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  async rung(): Promise<void> {
    if (!this.#isRung) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    this.#isRung = false;
  }
}
