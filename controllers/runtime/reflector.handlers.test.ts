import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import { silentLogger } from './log.ts';
import { Reflector, type ChangeEvent } from './reflector.ts';
import { failure, ScriptedServer, type Thing } from './scripted-server.ts';

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

describe('handlers', () => {
  test('one that throws harms neither the others nor the reflector', async () => {
    let failures = 0;
    const counted = new Reflector({
      name: 'things',
      source: server,
      clock,
      log: silentLogger,
      random: () => 0,
      metrics: {
        bind: () => undefined,
        listed: () => undefined,
        watched: () => undefined,
        failed: () => undefined,
        handlerFailed: () => {
          failures += 1;
        },
      },
    });
    const seen: string[] = [];
    counted.onChange(() => {
      throw new Error('broken handler');
    });
    counted.onChange(({ object }) => seen.push(object.metadata.name));
    server.put('a');
    running = counted.run(stop.signal);
    await clock.advance(0);
    server.put('b');
    await clock.advance(0);

    expect(seen).toEqual(['a', 'b']);
    expect(failures).toBe(2);
    expect(server.watches).toHaveLength(1);
  });

  test('one that comes late is told what is there, and one that left is told nothing more', async () => {
    server.put('a');
    await start();
    const seen: string[] = [];
    const leave = reflector.onChange((event) => seen.push(describeEvent(event)));
    server.put('b');
    await clock.advance(0);
    leave();
    server.put('c');
    await clock.advance(0);

    expect(seen).toEqual(['added a initial', 'added b']);
  });

  test('an object that was made anew under its name is told as deleted and added', async () => {
    server.put('a');
    await start();
    server.drop();
    server.watchFaults.push(failure(410, 'Expired'));
    server.remove('a');
    server.put('a');
    await clock.advance(2000);

    expect(events).toEqual(['added a initial', 'deleted a', 'added a']);
  });
});

test('indexes follow the objects', async () => {
  const indexed = new Reflector({
    name: 'things',
    source: server,
    clock,
    log: silentLogger,
    indexes: { colour: ({ metadata }: Thing) => [metadata.labels?.['colour'] ?? 'none'] },
  });
  server.put('a', { labels: { colour: 'red' } });
  running = indexed.run(stop.signal);
  await clock.advance(0);
  server.put('a', { labels: { colour: 'blue' } });
  await clock.advance(0);

  expect(indexed.store.byIndex('colour', 'red')).toEqual([]);
  expect(indexed.store.byIndex('colour', 'blue')).toHaveLength(1);
});
