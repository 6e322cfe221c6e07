import { describe, expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import { ExponentialBackoff } from './rate-limiter.ts';
import { WorkQueue } from './queue.ts';

const never = new AbortController().signal;

function setup(): { clock: FakeClock; queue: WorkQueue } {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ clock, rateLimiter: new ExponentialBackoff() }) };
}

/** Takes and finishes everything that can be had now. */
async function takeAll(queue: WorkQueue): Promise<string[]> {
  const taken: string[] = [];
  while (queue.length > 0) {
    const key = await queue.get(never);
    if (key === undefined) break;
    taken.push(key);
    queue.done(key);
  }
  return taken;
}

describe('order', () => {
  test('keys come out in the order in which they went in, each once', async () => {
    const { queue } = setup();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);

    expect(await takeAll(queue)).toEqual(['a', 'b', 'c']);
  });

  test('live keys pass those of the first list', async () => {
    const { queue } = setup();
    queue.add('old-1', 'initial');
    queue.add('old-2', 'initial');
    queue.add('new', 'live');

    expect(await takeAll(queue)).toEqual(['new', 'old-1', 'old-2']);
  });

  test('a key of the first list that changes becomes live, and never sinks back', async () => {
    const { queue } = setup();
    queue.add('a', 'initial');
    queue.add('b', 'initial');
    queue.add('b', 'live');
    queue.add('b', 'initial');

    expect(await takeAll(queue)).toEqual(['b', 'a']);
  });

  test('a key of the first list that asks to come back does not pass those that had no turn yet', async () => {
    const { clock, queue } = setup();
    for (const key of ['a', 'b', 'c']) queue.add(key, 'initial');
    expect(await queue.get(never)).toBe('a');
    queue.addAfter('a', 10);
    queue.done('a');
    await clock.advance(10);

    expect(await takeAll(queue)).toEqual(['b', 'c', 'a']);
  });

  test('a hundred thousand keys are neither lost nor slow', async () => {
    const { clock, queue } = setup();
    const keys = Array.from({ length: 100_000 }, (_, index) => `key-${String(index)}`);
    for (const [index, key] of keys.entries()) queue.addAfter(key, 1 + (index % 1000), 'initial');
    for (const key of keys.slice(0, 50_000)) queue.addAfter(key, 1);
    await clock.advance(1000);

    expect(new Set(await takeAll(queue))).toEqual(new Set(keys));
  });
});

describe('keys of the first list, of which only so many may be in hand', () => {
  const limited = (): WorkQueue => new WorkQueue({ clock: new FakeClock(), mostInitial: 2 });

  test('leave the other workers to what happens now', async () => {
    const queue = limited();
    for (const key of ['old-1', 'old-2', 'old-3']) queue.add(key, 'initial');
    const taken: (string | undefined)[] = [];
    for (let worker = 0; worker < 3; worker++) void queue.get(never).then((key) => taken.push(key));
    await Promise.resolve();
    expect(taken).toEqual(['old-1', 'old-2']);
    queue.add('new', 'live');
    await Promise.resolve();
    expect(taken).toEqual(['old-1', 'old-2', 'new']);
  });

  test('come as soon as another one is done', async () => {
    const queue = limited();
    for (const key of ['old-1', 'old-2', 'old-3']) queue.add(key, 'initial');
    await queue.get(never);
    await queue.get(never);
    const next = queue.get(never);
    queue.done('old-1');
    expect(await next).toBe('old-3');
    expect(queue.length).toBe(0);
  });

  test('come at once when something happens to them', async () => {
    const queue = limited();
    for (const key of ['old-1', 'old-2', 'old-3']) queue.add(key, 'initial');
    await queue.get(never);
    await queue.get(never);
    const next = queue.get(never);
    queue.add('old-3', 'live');
    expect(await next).toBe('old-3');
    expect(queue.length).toBe(0);
  });

  test('are all handed out before a shutdown ends', async () => {
    const queue = limited();
    for (const key of ['old-1', 'old-2', 'old-3']) queue.add(key, 'initial');
    const taken: string[] = [];
    const workers = Array.from({ length: 3 }, async () => {
      for (let key = await queue.get(never); key !== undefined; key = await queue.get(never)) {
        taken.push(key);
        await Promise.resolve();
        queue.done(key);
      }
    });
    await queue.shutDownWithDrain();
    await Promise.all(workers);
    expect(taken.sort()).toEqual(['old-1', 'old-2', 'old-3']);
  });
});

describe('a key in hand', () => {
  test('is not given to a second worker, and comes once more when it was added meanwhile', async () => {
    const { queue } = setup();
    queue.add('a');
    expect(await queue.get(never)).toBe('a');
    queue.add('a');
    queue.add('a');

    expect(queue.length).toBe(0);
    queue.done('a');
    expect(await takeAll(queue)).toEqual(['a']);
  });

  test('that becomes due while it is worked on waits until that is done', async () => {
    const { clock, queue } = setup();
    queue.add('a');
    await queue.get(never);
    queue.addAfter('a', 10);
    await clock.advance(10);

    expect(queue.length).toBe(0);
    queue.done('a');
    expect(queue.length).toBe(1);
  });

  test('that nobody added again is not handed out again', async () => {
    const { queue } = setup();
    queue.add('a');
    await queue.get(never);
    queue.done('a');

    expect(queue.length).toBe(0);
  });

  test('can be done only once', async () => {
    const { queue } = setup();
    queue.add('a');
    await queue.get(never);
    queue.done('a');

    expect(() => {
      queue.done('a');
    }).toThrow('a is not in hand');
  });
});

describe('delays', () => {
  test('an earlier deadline wins, a later one changes nothing', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 1000);
    queue.addAfter('a', 200);
    queue.addAfter('a', 5000);

    await clock.advance(199);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(await takeAll(queue)).toEqual(['a']);
    await clock.advance(10_000);
    expect(queue.length).toBe(0);
  });

  test('a key that is added without delay does not come again when its old delay is over', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 1000);
    queue.add('a');

    expect(await takeAll(queue)).toEqual(['a']);
    await clock.advance(1000);
    expect(queue.length).toBe(0);
  });

  test('one timer serves all delayed keys, and none is left when none is delayed', async () => {
    const { clock, queue } = setup();
    for (let index = 0; index < 100; index += 1) queue.addAfter(`key-${String(index)}`, 100 - index);

    expect(clock.pending).toBe(1);
    await clock.advance(100);
    expect(clock.pending).toBe(0);
    expect((await takeAll(queue))[0]).toBe('key-99');
  });

  test('retries of one key wait longer each time, until it is forgotten', async () => {
    const { clock, queue } = setup();
    queue.addRateLimited('a');
    await clock.advance(5);
    await takeAll(queue);
    queue.addRateLimited('a');
    await clock.advance(9);

    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(await takeAll(queue)).toEqual(['a']);
    expect(queue.retries('a')).toBe(2);
    queue.forget('a');
    expect(queue.retries('a')).toBe(0);
  });
});

describe('waiting for a key', () => {
  test('the worker that waits longest gets the next key', async () => {
    const { queue } = setup();
    const first = queue.get(never);
    const second = queue.get(never);
    queue.add('a');
    queue.add('b');

    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  });

  test('a worker whose signal aborts gets nothing and takes nothing away from the others', async () => {
    const { queue } = setup();
    const leaving = new AbortController();
    const left = queue.get(leaving.signal);
    const stayed = queue.get(never);
    leaving.abort();
    queue.add('a');

    expect(await left).toBeUndefined();
    expect(await stayed).toBe('a');
    expect(await queue.get(leaving.signal)).toBeUndefined();
  });
});

describe('shutdown', () => {
  test('ends the wait of every worker', async () => {
    const { queue } = setup();
    const waiting = [queue.get(never), queue.get(never)];
    queue.shutDown();

    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  });

  test('hands out what is there, takes nothing new, and leaves no timer behind', async () => {
    const { clock, queue } = setup();
    queue.add('a');
    queue.addAfter('later', 10);
    queue.shutDown();
    queue.add('b');
    queue.addAfter('c', 1);
    queue.addRateLimited('d');

    expect(clock.pending).toBe(0);
    expect(await takeAll(queue)).toEqual(['a']);
    expect(await queue.get(never)).toBeUndefined();
  });

  test('with drain waits for the keys in hand, and for those that were added while in hand', async () => {
    const { queue } = setup();
    queue.add('a');
    await queue.get(never);
    queue.add('a');
    let isDrained = false;
    const drained = queue.shutDownWithDrain().then(() => {
      isDrained = true;
    });
    const next = queue.get(never);
    queue.done('a');

    expect(await next).toBe('a');
    await new Promise(setImmediate);
    expect(isDrained).toBe(false);
    queue.done('a');
    await drained;
    expect(await queue.get(never)).toBeUndefined();
  });
});

test('metrics learn of every add, take and end, and can read depth and running times', async () => {
  const clock = new FakeClock();
  const told: string[] = [];
  let bound: Pick<WorkQueue, 'length' | 'runningForMs'> | undefined;
  const queue = new WorkQueue({
    clock,
    metrics: {
      bind: (shown) => {
        bound = shown;
      },
      added: () => told.push('added'),
      taken: (waitedMs) => told.push(`taken after ${String(waitedMs)}`),
      finished: (workedMs) => told.push(`finished after ${String(workedMs)}`),
      retried: () => told.push('retried'),
    },
  });
  queue.add('a');
  queue.add('a');
  await clock.advance(7);
  expect(bound?.length).toBe(1);
  await queue.get(never);
  await clock.advance(3);
  expect(bound?.runningForMs()).toEqual([3]);
  queue.done('a');
  queue.addRateLimited('a');

  expect(told).toEqual(['added', 'taken after 7', 'finished after 3', 'retried', 'added']);
});
