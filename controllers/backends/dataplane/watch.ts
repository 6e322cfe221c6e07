import { pause } from '../../runtime/clock.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Mark } from './mark.ts';
import type { Tools } from './tools.ts';

/**
 * What may have changed: our table, Docker's chain with our rule in it, interfaces or their addresses, rules that the kernel
 * tells nobody of; or anything, as something that was told was not heard.
 */
export type Hint = 'table' | 'gate' | 'interfaces' | 'rules' | 'lost';

export interface Watched {
  readonly tools: Tools;
  readonly mark: Mark;
  readonly clock: Clock;
  /** Called at once, and once a transaction, for each thing that is heard, before what comes with it is gathered. */
  readonly onHint?: (hint: Hint) => void;
  /** What the kernel tells nobody of: text that differs when it has changed. */
  readonly sweeps?: Partial<Readonly<Record<Hint, (signal: AbortSignal) => Promise<string>>>>;
}

/** A change comes seldom alone: one word is enough for all that come within it. */
const GATHER_MS = 20;
const SWEEP_MS = 500;

/**
 * What the kernel tells of rules and addresses, and a short sweep for what it does not. Ends when a program that listens
 * ends, with the signal's reason when that aborted.
 */
export async function* kernelChanges(
  { tools, mark, clock, sweeps = {}, onHint }: Watched,
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
  const listen = async (heard: AsyncIterable<Hint>): Promise<void> => {
    for await (const hint of heard) {
      onHint?.(hint);
      tell();
    }
  };
  const failures: unknown[] = [];
  const sources = [
    listen(transactions(tools.follow(['nft', 'monitor'], all), mark)),
    listen(always('interfaces', tools.follow(['ip', 'monitor', 'address', 'link'], all))),
    ...Object.entries(sweeps).map(([hint, sweep]) => listen(always(hint as Hint, swept(clock, sweep, all)))),
  ];
  for (const source of sources) {
    source
      .catch((error: unknown) => {
        // What is called off because another one has ended is no failure.
        if (!end.signal.aborted) failures.push(error);
      })
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

/**
 * What each transaction that `nft monitor` tells of was about, of ours: a line for each object that it changed, and one that
 * ends it.
 */
export async function* transactions(lines: AsyncIterable<string>, { table }: Mark): AsyncGenerator<Hint> {
  let touched = new Set<Hint>();
  for await (const line of lines) {
    if (line.startsWith('# new generation')) {
      yield* touched;
      touched = new Set();
    } else if (line.startsWith('# ERROR')) yield 'lost';
    else if (line.includes(table)) touched.add('table');
    if (line.includes('DOCKER-USER') || line.startsWith('delete table')) touched.add('gate');
  }
}

async function* always<T>(hint: Hint, heard: AsyncIterable<T>): AsyncGenerator<Hint> {
  for await (const _ of heard) yield hint;
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
