import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import type { ListerWatcher } from './lister-watcher.ts';
import { silentLogger } from './log.ts';
import { Reflector, type ChangeEvent } from './reflector.ts';
import { contentsOf, failure, ScriptedServer, type Thing } from './scripted-server.ts';

let clock: FakeClock;
let server: ScriptedServer;
let reflector: Reflector<Thing>;
let stop: AbortController;
let running: Promise<void>;
let events: string[];

const describeEvent = ({ type, object, old, initial }: ChangeEvent<Thing>): string =>
  [type, object.metadata.name, old && `was ${String(old.metadata.resourceVersion)}`, initial && 'initial']
    .filter(Boolean)
    .join(' ');

beforeEach(() => {
  clock = new FakeClock();
  server = new ScriptedServer();
  reflector = new Reflector({ name: 'things', source: server, clock, log: silentLogger, random: () => 0 });
  stop = new AbortController();
  events = [];
  reflector.onChange((event) => events.push(describeEvent(event)));
});

afterEach(async () => {
  stop.abort();
  await clock.advance(0);
  await running;
  expect(clock.pending).toBe(0);
});

async function start(): Promise<void> {
  running = reflector.run(stop.signal);
  await clock.advance(0);
}

const expectEqualToServer = (): void => {
  expect(contentsOf(reflector.store.list())).toEqual(server.contents());
};

describe('the first list', () => {
  test('takes what the server has at hand and tells of it as initial', async () => {
    server.put('a');
    await start();

    expect(server.lists).toEqual([{ limit: 500, resourceVersion: '0' }]);
    expect(events).toEqual(['added a initial']);
    expect(reflector.hasSynced()).toBe(true);
  });

  test('reads page after page and shows nothing before the last is there', async () => {
    for (let index = 0; index < 1200; index += 1) server.put(`thing-${String(index)}`);
    server.listFaults.push('ok', 'ok', failure(500, 'InternalError'));
    await start();
    expect(reflector.store.size).toBe(0);
    expect(reflector.hasSynced()).toBe(false);
    await clock.advance(800);

    expect(reflector.store.size).toBe(1200);
    expect(server.lists.slice(0, 3)).toEqual([
      { limit: 500, resourceVersion: '0' },
      { limit: 500, continue: '0/500' },
      { limit: 500, continue: '0/1000' },
    ]);
  });

  test('whose pages expire before they are read is taken anew in pages, then whole', async () => {
    for (let index = 0; index < 600; index += 1) server.put(`thing-${String(index)}`);
    server.listFaults.push('ok', failure(410, 'Expired'), 'ok', failure(410, 'Expired'));
    await start();
    await clock.advance(2000);

    expect(server.lists.filter((request) => request.continue === undefined)).toEqual([
      { limit: 500, resourceVersion: '0' },
      { limit: 500 },
      {},
    ]);
    expectEqualToServer();
  });

  test('that never answers is given up after 90 s and asked for again', async () => {
    server.put('a');
    server.listFaults.push('hang');
    await start();
    await clock.advance(89_999);
    expect(server.lists).toHaveLength(1);
    await clock.advance(401);

    expect(reflector.hasSynced()).toBe(true);
  });

  test('can be waited for, and the wait can be given up', async () => {
    server.listFaults.push(failure(500, 'InternalError'));
    const impatient = new AbortController();
    const givenUp = expect(reflector.synced(impatient.signal)).rejects.toThrow('no patience');
    const waited = reflector.synced(stop.signal);
    impatient.abort(new Error('no patience'));
    await start();
    await clock.advance(400);

    await givenUp;
    await waited;
  });
});

describe('the watch', () => {
  test('begins where the list ended and tells of every change with what was before', async () => {
    const a = server.put('a');
    await start();
    server.put('a');
    server.put('b');
    server.remove('a');
    await clock.advance(0);

    expect(server.watches[0]?.resourceVersion).toBe('101');
    expect(events).toEqual([
      'added a initial',
      `updated a was ${String(a.metadata.resourceVersion)}`,
      'added b',
      'deleted a',
    ]);
    expectEqualToServer();
  });

  test('asks the server to end it after five minutes at least and ten at most', async () => {
    await start();
    const latest = new Reflector({ name: 'b', source: server, clock, log: silentLogger, random: () => 0.9999 });
    const other = latest.run(stop.signal);
    await clock.advance(0);

    expect(server.watches.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([300, 600]);
    stop.abort();
    await other;
  });

  test('that the server ends in good order goes on at once, from the last change', async () => {
    await start();
    server.put('a');
    await clock.advance(300_000);
    server.end();
    await clock.advance(0);

    expect(server.watches.map(({ resourceVersion }) => resourceVersion)).toEqual(['100', '101']);
    expect(server.lists).toHaveLength(1);
  });

  test('goes on from the last bookmark, so that a compaction in between costs no list', async () => {
    await start();
    server.compact();
    server.bookmark();
    await clock.advance(2000);
    server.end();
    await clock.advance(0);

    expect(server.watches.at(-1)?.resourceVersion).toBe(server.version);
    expect(server.lists).toHaveLength(1);
    expect(events).toEqual([]);
  });

  test('that the server ends at once each time is not reopened without a pause', async () => {
    server.watchFaults.push(...Array<'end'>(50).fill('end'));
    await start();
    await clock.advance(60_000);

    expect(server.watches.length).toBeLessThan(10);
    expect(server.watches.length).toBeGreaterThan(3);
  });

  test('whose connection died in silence is given up half a minute after its own end', async () => {
    await start();
    await clock.advance(200_000);
    server.bookmark();
    await clock.advance(329_999);
    expect(server.watches).toHaveLength(1);
    await clock.advance(401);

    expect(server.watches).toHaveLength(2);
    expect(server.connections).toBe(1);
  });

  test('that says the same twice is believed once', async () => {
    const object: Thing = {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'a', uid: 'uid-a', resourceVersion: '7' },
    };
    const stutters: ListerWatcher<Thing> = {
      list: () => Promise.resolve({ items: [object], resourceVersion: '7' }),
      watch: async function* (_request, signal) {
        yield { type: 'MODIFIED', object };
        yield { type: 'DELETED', object };
        yield { type: 'DELETED', object };
        await clock.sleep(1e9, signal);
      },
    };
    reflector = new Reflector({ name: 'things', source: stutters, clock, log: silentLogger });
    reflector.onChange((event) => events.push(describeEvent(event)));
    await start();

    expect(events).toEqual(['added a initial', 'deleted a']);
  });

  test('that does not even listen to its signal is given up as well', async () => {
    server.watchFaults.push('hang');
    await start();
    await clock.advance(330_400);

    expect(server.watches).toHaveLength(2);
  });
});

describe('a failure', () => {
  test('410 leads to a list that is no older than what is known, and deletions in the gap are told', async () => {
    server.put('stays');
    server.put('goes');
    await start();
    server.watchFaults.push(failure(410, 'Expired'));
    server.drop();
    server.remove('goes');
    server.compact();
    await clock.advance(2000);

    expect(server.lists.slice(1)).toEqual([{ resourceVersion: '102' }]);
    expect(events).toEqual(['added stays initial', 'added goes initial', 'deleted goes']);
    expectEqualToServer();
  });

  test('410 in the middle of a watch is treated alike', async () => {
    server.put('a');
    await start();
    server.drop(failure(410, 'Expired'));
    server.put('b');
    await clock.advance(400);

    expect(server.lists).toHaveLength(2);
    expectEqualToServer();
  });

  test('429 is waited out for as long as the server asks, and costs no list', async () => {
    await start();
    server.watchFaults.push(...Array<Error>(3).fill(failure(429, 'TooManyRequests', { retryAfterSeconds: 20 })));
    server.drop(failure(429, 'TooManyRequests', { retryAfterSeconds: 20 }));
    await clock.advance(19_999);
    expect(server.watches).toHaveLength(1);
    await clock.advance(70_000);

    expect(server.watches).toHaveLength(5);
    expect(server.lists).toHaveLength(1);
  });

  test('a dropped connection is taken up where it was', async () => {
    await start();
    server.put('a');
    server.drop();
    server.put('b');
    await clock.advance(400);

    expect(server.lists).toHaveLength(1);
    expect(server.watches.at(-1)?.resourceVersion).toBe('101');
    expectEqualToServer();
  });

  test('a server that was away for an hour is followed again within half a minute', async () => {
    server.put('a');
    await start();
    server.down = new Error('connect ECONNREFUSED');
    server.drop();
    server.remove('a');
    server.put('b');
    await clock.advance(3_600_000);
    const asked = server.lists.length + server.watches.length;
    expect(asked).toBeLessThan(300);
    server.down = undefined;
    await clock.advance(30_000);

    expectEqualToServer();
    expect(events).toEqual(['added a initial', 'deleted a', 'added b']);
  });

  test('a server that came back from a backup is listed anew', async () => {
    server.put('a');
    server.put('b');
    await start();
    server.down = failure(503, 'ServiceUnavailable');
    server.restore(['b', 'c']);
    await clock.advance(10_000);
    server.down = undefined;
    await clock.advance(60_000);

    expectEqualToServer();
    expect(server.lists.at(-1)).toEqual({ limit: 500 });
    expect(events.filter((event) => event.endsWith(' b'))).toEqual(['deleted b', 'added b']);
  });

  test.each([
    ['500', failure(500, 'InternalError')],
    ['403', failure(403, 'Forbidden')],
    ['something that is no error', 'out of order' as unknown as Error],
  ])('of the list with %s is tried again', async (_name, error) => {
    server.put('a');
    server.listFaults.push(error instanceof Error ? error : new Error(String(error)));
    await start();
    await clock.advance(400);

    expectEqualToServer();
  });

  test('pauses grow to half a minute and are short again after two good minutes', async () => {
    server.down = new Error('connect ECONNREFUSED');
    await start();
    await clock.advance(600_000);
    const before = server.lists.length;
    await clock.advance(60_000);
    expect(server.lists.length - before).toBeLessThanOrEqual(4);
    server.down = undefined;
    await clock.advance(30_000 + 120_000);
    server.drop();
    const watches = server.watches.length;
    await clock.advance(400);

    expect(server.watches.length).toBe(watches + 1);
  });
});
