import { pause } from '../../controllers/runtime/clock.ts';
import { Failure } from '../failure.ts';
import { LiveTable, type LiveKey, type LiveRows } from '../views/live-table.ts';
import type { Watch } from './index.ts';
import type { Scope } from './scope.ts';

const LOOK_EVERY_MS = 2_000;

/**
 * A stream of rows that are asked for again and again: of what is small, and changes without a word. It ends when asking is refused;
 * while nobody answers, nothing changes.
 */
export async function polled<K extends LiveKey>(
  { command, clock, signal }: Scope,
  key: K,
  ask: () => Promise<ReadonlyMap<string, LiveRows[K]>>,
): Promise<Watch> {
  const table = new LiveTable([key]);
  table.replace(key, await ask());
  const look = async (): Promise<void> => {
    while (await pause(clock, LOOK_EVERY_MS, signal)) {
      try {
        table.replace(key, await ask());
      } catch (error) {
        if (signal.aborted || (error instanceof Failure && error.code >= 500)) continue;
        table.fail(error);
        return;
      }
    }
  };
  void look();
  return {
    key: [key, ...[...command.names].sort()].join(' '),
    snapshot: () => table.snapshot(),
    changes: (until) => table.changes(AbortSignal.any([until, signal])),
  };
}
