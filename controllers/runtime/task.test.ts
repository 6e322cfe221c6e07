import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from './clock.ts';
import { silentLogger } from './log.ts';
import { Tasks, type Task, type TaskState } from './task.ts';

let clock: FakeClock;
let tasks: Tasks;
let settled: string[];

beforeEach(() => {
  clock = new FakeClock();
  tasks = new Tasks({ clock, log: silentLogger, concurrency: 2 });
  settled = [];
});

const pull = (more: Partial<Task<string>> = {}): Task<string> => ({
  owner: 'uid-1',
  id: 'pull',
  generation: 1,
  run: async (signal) => {
    await clock.sleep(100, signal);
    return 'done';
  },
  onSettled: () => settled.push('pull'),
  ...more,
});

const lastLine = (state: TaskState<unknown>): string => (state.state === 'running' ? state.lastLine : state.state);

describe('a task', () => {
  test('runs once, however often it is asked for, and its result stays', async () => {
    let starts = 0;
    const task = pull({
      run: async (signal) => {
        starts += 1;
        await clock.sleep(100, signal);
        return 'done';
      },
    });
    expect(tasks.ensure(task).state).toBe('running');
    expect(tasks.ensure(task).state).toBe('running');
    await clock.advance(100);

    expect(tasks.ensure(task)).toEqual({ state: 'succeeded', result: 'done' });
    expect(tasks.ensure(task)).toEqual({ state: 'succeeded', result: 'done' });
    expect(starts).toBe(1);
    expect(settled).toEqual(['pull']);
  });

  test('shows its last line while it runs and the last few when it failed', async () => {
    const task = pull({
      run: async (signal, report) => {
        for (let line = 1; line <= 300; line += 1) report(`line ${String(line)}`);
        await clock.sleep(100, signal);
        throw new Error('no space left');
      },
    });
    const begun = clock.now();
    expect(lastLine(tasks.ensure(task))).toBe('Waiting to begin');
    await clock.advance(50);
    expect(tasks.ensure(task)).toMatchObject({ state: 'running', lastLine: 'line 300', startedAt: begun });
    await clock.advance(50);

    const state = tasks.ensure(task);
    if (state.state !== 'failed') throw new Error(`The task is ${state.state}`);
    expect(state.error.message).toBe('no space left');
    expect(state.tail(2)).toBe('line 299\nline 300');
    expect(state.tail(0)).toBe('');
    expect(state.tail(1000).split('\n')).toHaveLength(200);
    expect(settled).toEqual(['pull']);
  });

  test('that throws at once, or something that is no Error, has failed like any other', async () => {
    const broken = pull({
      run: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a careless library does
        throw 'a string';
      },
    });
    tasks.ensure(broken);
    await clock.advance(0);

    expect(tasks.ensure(broken)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('a string') },
    });
  });

  test('of a newer generation aborts the older and begins only when that has ended', async () => {
    const history: string[] = [];
    const slowToStop = (generation: number): Task<string> =>
      pull({
        generation,
        run: async (signal) => {
          history.push(`begin ${String(generation)}`);
          await clock.sleep(1000, signal).catch(() => undefined);
          await clock.sleep(50, new AbortController().signal);
          history.push(`end ${String(generation)}`);
          return 'done';
        },
      });
    tasks.ensure(slowToStop(1));
    await clock.advance(10);
    tasks.ensure(slowToStop(2));
    tasks.ensure(slowToStop(3));
    await clock.advance(10);
    expect(history).toEqual(['begin 1']);
    await clock.advance(2000);

    expect(history).toEqual(['begin 1', 'end 1', 'begin 3', 'end 3']);
    expect(settled).toEqual(['pull']);
  });

  test('that is forgotten is aborted, tells nobody, and can be begun anew', async () => {
    let reason: unknown;
    const task = pull({
      run: (signal) =>
        clock.sleep(1000, signal).then(
          () => 'done',
          (error: unknown) => {
            reason = error;
            throw error;
          },
        ),
    });
    tasks.ensure(task);
    await clock.advance(10);
    tasks.forget('uid-1', 'pull');
    await clock.advance(10);
    expect(reason).toEqual(new Error('This task is no longer wanted'));
    expect(tasks.ensure(task).state).toBe('running');
    await clock.advance(1000);

    expect(tasks.ensure(task).state).toBe('succeeded');
    expect(settled).toEqual(['pull']);
  });

  test('that has settled and is forgotten begins anew', async () => {
    tasks.ensure(pull());
    await clock.advance(100);
    tasks.forget('uid-1', 'pull');

    expect(tasks.ensure(pull()).state).toBe('running');
  });

  test('may be forgotten by whom it tells that it has settled', async () => {
    const task = pull({
      onSettled: () => {
        tasks.forget('uid-1', 'pull');
      },
    });
    tasks.ensure(task);
    await clock.advance(100);

    expect(tasks.ensure(task).state).toBe('running');
  });

  test('has settled even when telling so fails', async () => {
    const task = pull({
      onSettled: () => {
        throw new Error('deaf');
      },
    });
    tasks.ensure(task);
    await clock.advance(100);

    expect(tasks.ensure(task).state).toBe('succeeded');
  });
});

describe('many tasks', () => {
  test('of one owner are forgotten together, and those of another go on', async () => {
    tasks.ensure(pull({ id: 'one' }));
    tasks.ensure(pull({ id: 'two' }));
    tasks.ensure(pull({ owner: 'uid-2', id: 'one', onSettled: () => settled.push('other') }));
    tasks.forget('uid-1');
    await clock.advance(1000);

    expect(settled).toEqual(['other']);
  });

  test('run only as many at once as allowed, in the order in which they came', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) tasks.ensure(pull({ id, onSettled: () => settled.push(id) }));
    await clock.advance(50);
    tasks.forget('uid-1', 'c');
    await clock.advance(50);
    expect(settled).toEqual(['a', 'b']);
    await clock.advance(100);

    expect(settled).toEqual(['a', 'b', 'd', 'e']);
  });

  test('are all aborted at the stop, which waits for them, and none begins after it', async () => {
    const stop = new AbortController();
    let ended = 0;
    const slow = (id: string): Task<string> =>
      pull({
        id,
        run: async (signal) => {
          await clock.sleep(1e6, signal).catch(() => undefined);
          await clock.sleep(50, new AbortController().signal);
          ended += 1;
          return 'done';
        },
      });
    for (const id of ['a', 'b', 'c']) tasks.ensure(slow(id));
    const stopped = tasks.run(stop.signal);
    await clock.advance(10);
    stop.abort();
    await clock.advance(49);
    expect(ended).toBe(0);
    await clock.advance(1);
    await stopped;

    expect(ended).toBe(2);
    tasks.ensure(slow('late'));
    await clock.advance(100);
    expect(ended).toBe(2);
    expect(settled).toEqual([]);
  });

  test('in any history never run twice at once for one id, nor more than allowed, and the last asked for settles', async () => {
    const step = fc.oneof(
      fc.record({ ensure: fc.constantFrom('a', 'b', 'c'), generation: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ forget: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ advanceMs: fc.nat(150) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (history) => {
        const now = new Set<string>();
        const time = new FakeClock();
        const all = new Tasks({ clock: time, log: silentLogger, concurrency: 2 });
        const task = (id: string, generation: number): Task<number> => ({
          owner: 'uid',
          id,
          generation,
          onSettled: () => undefined,
          run: async (signal) => {
            expect(now.has(id)).toBe(false);
            now.add(id);
            expect(now.size).toBeLessThanOrEqual(2);
            await time.sleep(100, signal).catch(() => undefined);
            await time.sleep(10, new AbortController().signal);
            now.delete(id);
            return generation;
          },
        });
        const wanted = new Map<string, number>();
        for (const each of history) {
          if ('ensure' in each) {
            all.ensure(task(each.ensure, each.generation));
            wanted.set(each.ensure, each.generation);
          } else if ('forget' in each) {
            all.forget('uid', each.forget);
            wanted.delete(each.forget);
          } else {
            await time.advance(each.advanceMs);
          }
        }
        await time.advance(10_000);
        for (const [id, generation] of wanted) {
          expect(all.ensure(task(id, generation))).toEqual({ state: 'succeeded', result: generation });
        }
      }),
      { numRuns: 100 },
    );
  });
});

test('how long a task took is told, when it says as what, and did not only end because nobody wanted it any more', async () => {
  const ended: string[] = [];
  tasks = new Tasks({
    clock,
    log: silentLogger,
    onEnd: (task, result, tookMs) => ended.push(`${task} ${result} ${String(tookMs)}`),
  });
  tasks.ensure(pull({ owner: 'a', measuredAs: 'pull' }));
  tasks.ensure(pull({ owner: 'b', measuredAs: 'pull', run: () => Promise.reject(new Error('no')) }));
  tasks.ensure(pull({ owner: 'c' }));
  tasks.ensure(pull({ owner: 'd', measuredAs: 'pull' }));
  await clock.advance(50);
  tasks.forget('d');
  await clock.advance(50);

  expect(ended).toEqual(['pull failed 0', 'pull succeeded 100']);
});
