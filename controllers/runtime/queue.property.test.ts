import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from './clock.ts';
import { WorkQueue, type Priority } from './queue.ts';
import { ExponentialBackoff } from './rate-limiter.ts';

/**
 * The queue beside a model that is slow and plain: for each key at most one wish, and the keys in hand.
 */
class Model {
  readonly wishes = new Map<string, { dueAt: number; priority: Priority }>();
  readonly inHand = new Map<string, Priority>();

  add(key: string, dueAt: number, priority: Priority): void {
    const wish = this.wishes.get(key) ?? { dueAt, priority };
    this.wishes.set(key, {
      dueAt: Math.min(wish.dueAt, dueAt),
      priority: wish.priority === 'live' ? 'live' : priority,
    });
  }

  available(now: number): string[] {
    return [...this.wishes].filter(([key, { dueAt }]) => dueAt <= now && !this.inHand.has(key)).map(([key]) => key);
  }
}

type Command =
  | { do: 'add'; key: string; priority: Priority }
  | { do: 'addAfter'; key: string; delayMs: number }
  | { do: 'take' }
  | { do: 'done'; pick: number }
  | { do: 'advance'; byMs: number };

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key, priority: fc.constantFrom<Priority>('live', 'initial') }),
  fc.record({ do: fc.constant('addAfter' as const), key, delayMs: fc.nat(50) }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constant('done' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('advance' as const), byMs: fc.nat(30) }),
);

const mostInitial = fc.constantFrom(1, 2, Infinity);

const never = new AbortController().signal;

class Run {
  readonly clock = new FakeClock();
  readonly queue: WorkQueue;
  readonly model = new Model();
  readonly #mostInitial: number;

  constructor(mostInitial: number) {
    this.#mostInitial = mostInitial;
    this.queue = new WorkQueue({ clock: this.clock, rateLimiter: new ExponentialBackoff(), mostInitial });
  }

  async step(command: Command): Promise<void> {
    const now = this.clock.monotonic();
    if (command.do === 'add') {
      this.queue.add(command.key, command.priority);
      this.model.add(command.key, now, command.priority);
    } else if (command.do === 'addAfter') {
      this.queue.addAfter(command.key, command.delayMs);
      this.model.add(command.key, now + command.delayMs, this.model.inHand.get(command.key) ?? 'live');
    } else if (command.do === 'take') {
      if (this.queue.length > 0) await this.take();
    } else if (command.do === 'done') {
      this.finish(command.pick);
    } else {
      await this.clock.advance(command.byMs);
    }
    expect(this.queue.length).toBe(this.model.available(this.clock.monotonic()).length);
  }

  async take(): Promise<void> {
    const candidates = this.model.available(this.clock.monotonic());
    const live = candidates.filter((each) => this.model.wishes.get(each)?.priority === 'live');
    const initial = [...this.model.inHand.values()].filter((priority) => priority === 'initial');
    // Nothing that may be had now: a worker would wait.
    if (live.length === 0 && initial.length >= this.#mostInitial) return;
    const taken = (await this.queue.get(never)) ?? '';
    expect(live.length > 0 ? live : candidates).toContain(taken);
    this.model.inHand.set(taken, this.model.wishes.get(taken)?.priority ?? 'live');
    this.model.wishes.delete(taken);
  }

  finish(pick: number): void {
    const working = [...this.model.inHand.keys()];
    const done = working[pick % Math.max(working.length, 1)];
    if (done === undefined) return;
    this.queue.done(done);
    this.model.inHand.delete(done);
  }
}

test('in every history the queue offers exactly the keys that are wanted, due and in no hand', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), mostInitial, async (history, most) => {
      const run = new Run(most);
      for (const each of history) await run.step(each);
    }),
    { numRuns: 200 },
  );
});

test('after every history a shutdown with drain hands out everything that was due, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), mostInitial, async (history, most) => {
      const run = new Run(most);
      for (const each of history) await run.step(each);
      const now = run.clock.monotonic();
      const due = [...run.model.wishes].filter(([, { dueAt }]) => dueAt <= now).map(([name]) => name);

      const drained = run.queue.shutDownWithDrain();
      run.queue.add('too-late');
      const worker = async (): Promise<string[]> => {
        const next = await run.queue.get(never);
        if (next === undefined) return [];
        run.queue.done(next);
        return [next, ...(await worker())];
      };
      const handedOut = worker();
      while (run.model.inHand.size > 0) run.finish(0);
      await drained;

      expect((await handedOut).sort()).toEqual(due.sort());
    }),
    { numRuns: 200 },
  );
});

test('many workers never hold the same key, and run it again after the last time that it was added', async () => {
  const additions = fc.array(fc.record({ key, atMs: fc.nat(100) }), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(additions, fc.nat(20), async (adds, workMs) => {
      const clock = new FakeClock();
      const queue = new WorkQueue({ clock });
      const inHand = new Set<string>();
      const startedAt = new Map<string, number>();
      const stop = new AbortController();
      const worker = async (): Promise<void> => {
        for (let next = await queue.get(stop.signal); next !== undefined; next = await queue.get(stop.signal)) {
          expect(inHand.has(next)).toBe(false);
          inHand.add(next);
          startedAt.set(next, clock.monotonic());
          await clock.sleep(workMs, never);
          inHand.delete(next);
          queue.done(next);
        }
      };
      const workers = [worker(), worker(), worker()];
      for (const add of adds)
        clock.after(add.atMs, () => {
          queue.add(add.key);
        });
      await clock.advance(100 + (adds.length + 1) * workMs);
      stop.abort();
      await Promise.all(workers);

      for (const add of adds) expect(startedAt.get(add.key)).toBeGreaterThanOrEqual(add.atMs);
    }),
    { numRuns: 50 },
  );
});
