import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import { Controller, type ControllerOptions, type Reconcile } from './controller.ts';
import { silentLogger } from './log.ts';
import { itself, itsOwner } from './mapping.ts';
import { keyString } from './object.ts';
import { generationOrMetadataChanged } from './predicate.ts';
import { Reflector } from './reflector.ts';
import { ScriptedServer, type Thing } from './scripted-server.ts';

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

describe('keys', () => {
  async function follow(server: ScriptedServer): Promise<Reflector<Thing>> {
    const reflector = new Reflector({ name: 'things', source: server, clock, log: silentLogger });
    running.push(reflector.run(stop.signal));
    await clock.advance(0);
    return reflector;
  }

  /** A controller that notes the keys that it is given. */
  function noting(more: Partial<ControllerOptions> = {}): { keys: string[]; controller: Controller } {
    const keys: string[] = [];
    const reconcile: Reconcile = (key) => {
      keys.push(keyString(key));
      return Promise.resolve({});
    };
    return { keys, controller: new Controller({ name: 'things', reconcile, clock, log: silentLogger, ...more }) };
  }

  const ownedBy = (name: string): object => ({
    ownerReferences: [{ apiVersion: 'v1', kind: 'Owner', name, uid: name }],
  });

  test('of objects that are there come when the controller starts, behind what is live', async () => {
    const server = new ScriptedServer();
    for (const name of ['old-1', 'old-2']) server.put(name, { namespace: 'default' });
    const reflector = await follow(server);
    const { keys, controller } = noting();
    controller.watch(reflector, itself);
    running.push(controller.run(stop.signal));
    controller.enqueue(a);
    await clock.advance(0);
    server.put('new', { namespace: 'default' });
    await clock.advance(0);

    expect(keys).toEqual(['default/old-1', 'default/a', 'default/old-2', 'default/new']);
  });

  test('of an owner come when what it owns changes, also of one that it no longer has', async () => {
    const server = new ScriptedServer();
    const reflector = await follow(server);
    const { keys, controller } = noting();
    controller.watch(reflector, itsOwner('Owner'));
    running.push(controller.run(stop.signal));
    server.put('thing', ownedBy('first'));
    await clock.advance(0);
    server.put('thing', ownedBy('second'));
    await clock.advance(0);

    expect(keys).toEqual(['first', 'second', 'first']);
  });

  test('do not come for events that the predicate refuses', async () => {
    const server = new ScriptedServer();
    const reflector = await follow(server);
    const { keys, controller } = noting();
    controller.watch(reflector, itself, { predicate: generationOrMetadataChanged });
    running.push(controller.run(stop.signal));
    server.put('thing', { generation: 1 });
    await clock.advance(0);
    server.put('thing', { generation: 1 }, 'only the status changed');
    await clock.advance(0);
    expect(keys).toHaveLength(1);
    server.put('thing', { generation: 2 });
    await clock.advance(0);
    server.put('thing', { generation: 2, annotations: { paused: '' } });
    await clock.advance(0);
    server.remove('thing');
    await clock.advance(0);

    expect(keys).toHaveLength(4);
  });

  test('are no longer asked for once the controller has stopped', async () => {
    const server = new ScriptedServer();
    const reflector = await follow(server);
    const { controller } = noting();
    let asked = 0;
    controller.watch(reflector, () => {
      asked += 1;
      return [];
    });
    await controller.run(AbortSignal.abort());
    server.put('thing');
    await clock.advance(0);

    expect(asked).toBe(0);
  });

  test('of everything come again at each resync', async () => {
    const server = new ScriptedServer();
    server.put('thing');
    const reflector = await follow(server);
    const { keys, controller } = noting({ resyncMs: 1000 });
    controller.watch(reflector, itself);
    running.push(controller.run(stop.signal));
    await clock.advance(2500);

    expect(keys).toEqual(['thing', 'thing', 'thing']);
  });

  test('come from other sources too, and a source that breaks is started again', async () => {
    let starts = 0;
    const { keys, controller } = noting({
      sources: [
        (enqueue) => {
          starts += 1;
          enqueue({ namespace: '', name: `start-${String(starts)}` });
          return starts === 1 ? Promise.reject(new Error('stream broke')) : new Promise(() => undefined);
        },
      ],
    });
    running.push(controller.run(stop.signal));
    await clock.advance(800);

    expect(keys).toEqual(['start-1', 'start-2']);
  });
});
