import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import {
  Controller,
  TerminalError,
  type ControllerMetrics,
  type ControllerOptions,
  type Reconcile,
} from './controller.ts';
import { silentLogger, type Fields, type Logger } from './log.ts';
import { ExponentialBackoff } from './rate-limiter.ts';

const a = { namespace: 'default', name: 'a' };

let clock: FakeClock;
let stop: AbortController;
let running: Promise<unknown>[];

beforeEach(() => {
  clock = new FakeClock();
  stop = new AbortController();
  running = [];
});

afterEach(async () => {
  stop.abort();
  await clock.advance(0);
  await Promise.all(running);
});

function start(reconcile: Reconcile, more: Partial<ControllerOptions> = {}): Controller {
  const controller = new Controller({ name: 'things', reconcile, clock, log: silentLogger, ...more });
  running.push(controller.run(stop.signal));
  return controller;
}

/** A reconcile that notes when it was called and does what `answers` say, one after the other, then succeeds. */
function scripted(...answers: (() => ReturnType<Reconcile>)[]): { calls: number[]; reconcile: Reconcile } {
  const calls: number[] = [];
  const reconcile: Reconcile = () => {
    calls.push(clock.monotonic());
    return (answers.shift() ?? (() => Promise.resolve({})))();
  };
  return { calls, reconcile };
}

describe('the outcome of a reconcile', () => {
  test('success: the key does not come again by itself, and its failures are forgotten', async () => {
    const broken = (): Promise<never> => Promise.reject(new Error('broken'));
    const { calls, reconcile } = scripted(broken, broken, () => Promise.resolve({}), broken);
    const controller = start(reconcile);
    controller.enqueue(a);
    await clock.advance(60_000);
    expect(calls).toEqual([0, 5, 15]);
    controller.enqueue(a);
    await clock.advance(60_000);

    expect(calls.slice(3)).toEqual([60_000, 60_005]);
  });

  test('requeueAfterMs: the key comes again then, and its failures are forgotten', async () => {
    const { calls, reconcile } = scripted(
      () => Promise.reject(new Error('broken')),
      () => Promise.resolve({ requeueAfterMs: 1000 }),
      () => Promise.reject(new Error('broken')),
    );
    start(reconcile).enqueue(a);
    await clock.advance(60_000);

    expect(calls).toEqual([0, 5, 1005, 1010]);
  });

  test('spread: keys that were looked at together part, and none comes later than it is wanted', async () => {
    const again: [name: string, at: number][] = [];
    const chances = [0, 0.5, 0.9];
    const controller = start(
      ({ name }) => {
        if (clock.monotonic() > 0) again.push([name, clock.monotonic()]);
        return Promise.resolve(clock.monotonic() > 0 ? {} : { requeueAfterMs: 1_000, spread: 0.2 });
      },
      { random: () => chances.shift() ?? 0 },
    );
    for (const name of ['first', 'second', 'third']) controller.enqueue({ namespace: '', name });
    await clock.advance(60_000);

    expect(again).toEqual([
      ['third', 820],
      ['second', 900],
      ['first', 1_000],
    ]);
  });

  test('what is only looked at again lets go first what has changed', async () => {
    const order: string[] = [];
    const controller = start(async ({ name }) => {
      order.push(name);
      if (name === 'slow') await clock.sleep(2_000, stop.signal);
      return name === 'checked' && order.length === 1 ? { requeueAfterMs: 1_000, priority: 'initial' } : {};
    });
    controller.enqueue({ namespace: '', name: 'checked' });
    await clock.advance(500);
    controller.enqueue({ namespace: '', name: 'slow' });
    await clock.advance(1_000);
    controller.enqueue({ namespace: '', name: 'changed' });
    await clock.advance(5_000);

    expect(order).toEqual(['checked', 'slow', 'changed', 'checked']);
  });

  test('requeueAfterMs is only the longest wait: a change comes first, and once', async () => {
    const { calls, reconcile } = scripted(() => Promise.resolve({ requeueAfterMs: 1000 }));
    const controller = start(reconcile);
    controller.enqueue(a);
    await clock.advance(300);
    controller.enqueue(a);
    await clock.advance(60_000);

    expect(calls).toEqual([0, 300]);
  });

  test('rateLimited: the key comes again with growing waits', async () => {
    const again = (): ReturnType<Reconcile> => Promise.resolve({ rateLimited: true });
    const { calls, reconcile } = scripted(again, again, again);
    start(reconcile).enqueue(a);
    await clock.advance(60_000);

    expect(calls).toEqual([0, 5, 15, 35]);
  });

  test('TerminalError: the key is not tried again before something changes', async () => {
    const { calls, reconcile } = scripted(() => Promise.reject(new TerminalError('no use')));
    const controller = start(reconcile);
    controller.enqueue(a);
    await clock.advance(3_600_000);
    expect(calls).toEqual([0]);
    controller.enqueue(a);
    await clock.advance(0);

    expect(calls).toHaveLength(2);
  });

  test.each<[string, Reconcile]>([
    [
      'throws before it returns a promise',
      () => {
        throw new Error('at once');
      },
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a careless library does
    ['rejects with something that is no Error', () => Promise.reject('a string')],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a careless library does
    ['rejects with nothing', () => Promise.reject(undefined)],
  ])('a reconcile that %s is tried again like any other', async (_name, broken) => {
    let calls = 0;
    start((key, context) => {
      calls += 1;
      return calls === 1 ? broken(key, context) : Promise.resolve({});
    }).enqueue(a);
    await clock.advance(5);

    expect(calls).toBe(2);
  });

  test('is counted for what it was', async () => {
    const told: string[] = [];
    const metrics: ControllerMetrics = {
      queue: {
        bind: () => undefined,
        added: () => undefined,
        taken: () => undefined,
        finished: () => undefined,
        retried: () => undefined,
      },
      starting: (concurrency) => told.push(`starting ${String(concurrency)}`),
      reconciling: () => undefined,
      reconciled: (outcome, tookMs) => told.push(`${outcome} ${String(tookMs)}`),
      timedOut: () => told.push('timed out'),
    };
    const { reconcile } = scripted(
      () => Promise.resolve({ requeueAfterMs: 1 }),
      () => Promise.resolve({ rateLimited: true }),
      () => Promise.reject(new Error('broken')),
      () => Promise.reject(new TerminalError('no use')),
    );
    const controller = start(reconcile, { metrics, concurrency: 2 });
    controller.enqueue(a);
    await clock.advance(1000);
    controller.enqueue(a);
    await clock.advance(0);

    expect(told).toEqual(['starting 2', 'requeue_after 0', 'requeue 0', 'error 0', 'terminal 0', 'success 0']);
  });
});

describe('a reconcile that takes too long', () => {
  test('has its signal aborted, and comes again with backoff when it ends', async () => {
    const calls: number[] = [];
    start(async (_key, { signal }) => {
      calls.push(clock.monotonic());
      await clock.sleep(calls.length === 1 ? 1e9 : 1, signal);
      return {};
    }).enqueue(a);
    await clock.advance(70_000);

    expect(calls).toEqual([0, 60_005]);
  });

  test('keeps its key, even when it does not heed its signal', async () => {
    let inHand = 0;
    const free = Promise.withResolvers<undefined>();
    const controller = start(
      async () => {
        inHand += 1;
        await free.promise;
        return {};
      },
      { concurrency: 3, timeoutMs: 10 },
    );
    controller.enqueue(a);
    await clock.advance(100);
    controller.enqueue(a);
    await clock.advance(100);

    expect(inHand).toBe(1);
    free.resolve(undefined);
  });
});

describe('workers', () => {
  test('work on different keys at the same time, as many as allowed', async () => {
    let now = 0;
    let most = 0;
    const controller = start(
      async (_key, { signal }) => {
        now += 1;
        most = Math.max(most, now);
        await clock.sleep(10, signal);
        now -= 1;
        return {};
      },
      { concurrency: 3 },
    );
    for (let index = 0; index < 10; index += 1) controller.enqueue({ namespace: '', name: `thing-${String(index)}` });
    await clock.advance(40);

    expect(most).toBe(3);
    expect(now).toBe(0);
  });

  test('finish what they have in hand when told to stop, and take nothing more', async () => {
    const finished: string[] = [];
    const controller = new Controller({
      name: 'things',
      clock,
      log: silentLogger,
      reconcile: async ({ name }, { signal }) => {
        await clock.sleep(50, signal);
        finished.push(name);
        return { requeueAfterMs: 1e9 };
      },
    });
    const ended = controller.run(stop.signal);
    controller.enqueue({ namespace: '', name: 'in-hand' });
    controller.enqueue({ namespace: '', name: 'waiting' });
    await clock.advance(10);
    stop.abort();
    await clock.advance(1000);
    await ended;

    expect(finished).toEqual(['in-hand']);
    expect(clock.pending).toBe(0);
  });

  test('are cut short by the second signal', async () => {
    const abort = new AbortController();
    let reason: unknown;
    const controller = new Controller({
      name: 'things',
      clock,
      log: silentLogger,
      reconcile: async (_key, { signal }) => {
        await clock.sleep(1e6, signal).catch((error: unknown) => {
          reason = error;
          throw error;
        });
        return {};
      },
    });
    const ended = controller.run(stop.signal, abort.signal);
    controller.enqueue(a);
    await clock.advance(10);
    stop.abort();
    abort.abort(new Error('lost the lease'));
    await ended;

    expect(reason).toEqual(new Error('lost the lease'));
  });
});

test('every line of a reconcile says which one it was', async () => {
  const lines: Fields[] = [];
  const noting = (fields: Fields): Logger => ({
    ...silentLogger,
    error: (message, more) => lines.push({ ...fields, ...more, message }),
    child: (more) => noting({ ...fields, ...more }),
  });
  start(() => Promise.reject(new Error('broken')), {
    log: noting({}),
    rateLimiter: new ExponentialBackoff(1000),
  }).enqueue(a);
  await clock.advance(1000);

  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({
    controller: 'things',
    namespace: 'default',
    name: 'a',
    message: 'Reconcile failed',
  });
  expect(lines[0]?.['reconcileID']).toMatch(/^[0-9a-f-]{36}$/);
  expect(lines[0]?.['reconcileID']).not.toBe(lines[1]?.['reconcileID']);
});
