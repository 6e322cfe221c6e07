import { beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import { Controller, type Reconcile } from './controller.ts';
import { silentLogger } from './log.ts';
import { Manager, type Election } from './manager.ts';
import { itself } from './mapping.ts';
import { Reflector } from './reflector.ts';
import { failure, ScriptedServer, type Thing } from './scripted-server.ts';

let clock: FakeClock;
let server: ScriptedServer;
let stop: AbortController;
let history: string[];

beforeEach(() => {
  clock = new FakeClock();
  server = new ScriptedServer();
  stop = new AbortController();
  history = [];
});

/** A manager with one reflector and one controller over it, which notes what it reconciles. */
function setup(election?: Election, reconcile?: Reconcile): Manager {
  const manager = new Manager({ clock, log: silentLogger, ...(election && { election }) });
  const reflector = new Reflector<Thing>({ name: 'things', source: server, clock, log: silentLogger, random: () => 0 });
  const note: Reconcile = ({ name }) => {
    history.push(`reconcile ${name}`);
    return Promise.resolve({});
  };
  const controller = new Controller({ name: 'things', reconcile: reconcile ?? note, clock, log: silentLogger });
  controller.watch(reflector, itself);
  manager.addReflector(reflector);
  manager.addController(controller);
  return manager;
}

/** Starts, and notes how it ended. */
async function start(manager: Manager): Promise<void> {
  void manager.start(stop.signal).then(
    () => history.push('stopped'),
    (error: unknown) => history.push(String(error)),
  );
  await clock.advance(0);
}

/** An election that the test decides. */
function decided(): { election: Election; win: () => void; lose: () => void } {
  const won = Promise.withResolvers<undefined>();
  const leading = new AbortController();
  const election: Election = {
    run: async (signal, onStartedLeading) => {
      signal.addEventListener('abort', () => {
        won.resolve(undefined);
        leading.abort(signal.reason);
      });
      await won.promise;
      if (signal.aborted) return;
      await onStartedLeading(leading.signal);
      history.push('lease given up');
      if (!signal.aborted) throw leading.signal.reason;
    },
  };
  return {
    election,
    win: () => {
      won.resolve(undefined);
    },
    lose: () => {
      leading.abort(new Error('The lease is lost'));
    },
  };
}

describe('the start', () => {
  test('lets controllers begin only when the stores are full', async () => {
    server.put('a');
    server.listFaults.push(failure(500, 'InternalError'));
    const manager = setup();
    manager.addRunnable({
      name: 'sweep',
      run: () => {
        history.push('sweep');
        return Promise.resolve();
      },
    });
    await start(manager);
    expect(manager.hasSynced()).toBe(false);
    expect(history).toEqual([]);
    await clock.advance(400);

    expect(manager.hasSynced()).toBe(true);
    expect(history).toEqual(['sweep', 'reconcile a']);
  });

  test('lets controllers and their like begin only when this replica leads', async () => {
    server.put('a');
    const { election, win } = decided();
    const manager = setup(election);
    const note = (name: string): ((signal: AbortSignal) => Promise<void>) => {
      return (signal) => {
        history.push(name);
        return clock.sleep(1e9, signal);
      };
    };
    manager.addRunnable({ name: 'tasks', run: note('tasks') });
    manager.addRunnable({ name: 'health', run: note('health'), when: 'always' });
    await start(manager);
    await clock.advance(60_000);
    expect(history).toEqual(['health']);
    win();
    await clock.advance(0);

    expect(history).toEqual(['health', 'tasks', 'reconcile a']);
  });
});

describe('the stop', () => {
  test('before the stores are full is an ordinary one', async () => {
    server.down = new Error('connect ECONNREFUSED');
    await start(setup());
    stop.abort();
    await clock.advance(0);

    expect(history).toEqual(['stopped']);
    expect(clock.pending).toBe(0);
  });

  test('while another replica leads is an ordinary one', async () => {
    await start(setup(decided().election));
    stop.abort();
    await clock.advance(0);

    expect(history).toEqual(['stopped']);
    expect(clock.pending).toBe(0);
  });

  test('lets reconciles finish before the lease is given up, with their caches still fed', async () => {
    const { election, win } = decided();
    const manager = setup(election, async ({ name }, { signal }) => {
      await clock.sleep(10_000, signal);
      history.push(`reconciled ${name}, watches open: ${String(server.connections)}`);
      return {};
    });
    server.put('a');
    win();
    await start(manager);
    stop.abort();
    await clock.advance(10_000);

    expect(history).toEqual(['reconciled a, watches open: 1', 'lease given up', 'stopped']);
    expect(clock.pending).toBe(0);
  });

  test('cuts reconciles short after the grace period', async () => {
    server.put('a');
    await start(
      setup(undefined, async (_key, { signal }) => {
        await clock.sleep(1e9, signal);
        return {};
      }),
    );
    stop.abort();
    await clock.advance(19_999);
    expect(history).toEqual([]);
    await clock.advance(1);

    expect(history).toEqual(['stopped']);
  });

  test('names what does not heed it, and keeps the lease then', async () => {
    server.put('a');
    const { election, win } = decided();
    win();
    await start(setup(election, () => new Promise(() => undefined)));
    stop.abort();
    await clock.advance(25_000);

    expect(history).toEqual(['Error: controller things did not stop within 25 s. End the process']);
  });
});

describe('a failure', () => {
  test('of one part stops all others and is told with its name', async () => {
    const manager = setup();
    let hasStopped = false;
    manager.addRunnable({ name: 'sweep', run: () => Promise.reject(new Error('broken')) });
    manager.addRunnable({
      name: 'health',
      when: 'always',
      run: async (signal) => {
        await clock.sleep(1e9, signal).catch(() => undefined);
        hasStopped = true;
      },
    });
    await start(manager);

    expect(history).toEqual(['Error: sweep failed: broken']);
    expect(hasStopped).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('a part that ends early without one harms nobody', async () => {
    const manager = setup();
    manager.addRunnable({ name: 'migration', run: () => Promise.resolve() });
    await start(manager);
    server.put('a');
    await clock.advance(0);

    expect(history).toEqual(['reconcile a']);
  });

  test('a lost lease cuts everything short at once and ends the operator with an error', async () => {
    server.put('a');
    const { election, win, lose } = decided();
    win();
    await start(
      setup(election, async (_key, { signal }) => {
        await clock.sleep(1e9, signal);
        return {};
      }),
    );
    lose();
    await clock.advance(0);

    expect(history).toEqual(['lease given up', 'Error: The lease is lost']);
  });
});
