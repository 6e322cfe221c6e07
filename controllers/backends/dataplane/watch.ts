import { pause } from '../../runtime/clock.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Mark } from './mark.ts';
import type { Tools } from './tools.ts';

export interface Watched {
  readonly tools: Tools;
  readonly mark: Mark;
  readonly clock: Clock;
  /** Called at once for each thing that is heard, before what comes with it is gathered. */
  readonly onHint?: () => void;
  /** What the kernel tells nobody of: text that differs when it has changed. */
  readonly sweep?: (signal: AbortSignal) => Promise<string>;
}

/** A transaction is many lines: one word is enough for all that come within it. */
const GATHER_MS = 20;
const SWEEP_MS = 500;

/**
 * What the kernel tells of rules and addresses, and a short sweep for what it does not. Ends when a program that listens
 * ends, with the signal's reason when that aborted.
 */
export async function* kernelChanges(
  { tools, mark, clock, sweep, onHint }: Watched,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  signal.throwIfAborted();
  const end = new AbortController();
  const all = AbortSignal.any([signal, end.signal]);
  let changed = Promise.withResolvers<void>();
  let isOver = false;
  const tell = (): void => {
    changed.resolve();
  };
  const listen = async (heard: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of heard) {
      onHint?.();
      tell();
    }
  };
  const failures: unknown[] = [];
  const sources = [
    listen(matching(tools.follow(['nft', 'monitor'], all), (line) => isOurs(line, mark))),
    listen(matching(tools.follow(['ip', 'monitor', 'address', 'link'], all), () => true)),
    ...(sweep === undefined ? [] : [listen(swept(clock, sweep, all))]),
  ];
  for (const source of sources) {
    source
      .catch((error: unknown) => failures.push(error))
      .finally(() => {
        isOver = true;
        tell();
      });
  }
  try {
    for (;;) {
      await changed.promise;
      if (isOver) break;
      await pause(clock, GATHER_MS, all);
      changed = Promise.withResolvers<void>();
      yield;
    }
  } finally {
    end.abort();
    await Promise.allSettled(sources);
  }
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}

/** Our table, or Docker's chain with our rule in it, or everything at once. */
function isOurs(line: string, { table }: Mark): boolean {
  return line.includes(table) || line.includes('DOCKER-USER') || /^delete table/.test(line);
}

async function* matching(lines: AsyncIterable<string>, matches: (line: string) => boolean): AsyncGenerator<string> {
  for await (const line of lines) if (matches(line)) yield line;
}

async function* swept(
  clock: Clock,
  sweep: (signal: AbortSignal) => Promise<string>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let before = await sweep(signal);
  while (await pause(clock, SWEEP_MS, signal)) {
    const now = await sweep(signal);
    if (now !== before) yield now;
    before = now;
  }
}
