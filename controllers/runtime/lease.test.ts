import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock, type Clock } from './clock.ts';
import {
  LeaderElector,
  type LeaderElectorOptions,
  type LeaseSpec,
  type LeaseStore,
  type StoredLease,
} from './lease.ts';
import { silentLogger } from './log.ts';
import { failure } from './scripted-server.ts';

type Network = 'ok' | 'slow' | 'refuses' | 'hangs' | 'loses answers';

/** The Lease in the API server, and each replica's way to it, which can break. */
class Server {
  lease: StoredLease | undefined;
  readonly updates: LeaseSpec[] = [];

  reachedBy(network: { state: Network }): LeaseStore {
    const through = async <R>(call: () => R): Promise<R> => {
      await Promise.resolve();
      if (network.state === 'slow') await clock.sleep(2000, new AbortController().signal);
      if (network.state === 'refuses') throw new Error('connect ECONNREFUSED');
      if (network.state === 'hangs') return new Promise(() => undefined);
      const answer = call();
      if (network.state === 'loses answers') throw new Error('read ECONNRESET');
      return answer;
    };
    return {
      get: () => through(() => this.lease),
      create: (spec) =>
        through(() => {
          if (this.lease !== undefined) throw failure(409, 'AlreadyExists');
          return this.#write(spec);
        }),
      update: (spec, resourceVersion) =>
        through(() => {
          if (this.lease?.resourceVersion !== resourceVersion) throw failure(409, 'Conflict');
          return this.#write(spec);
        }),
    };
  }

  #write(spec: LeaseSpec): StoredLease {
    this.updates.push(spec);
    this.lease = { spec, resourceVersion: String(this.updates.length) };
    return this.lease;
  }
}

/** One process that wants to lead, and what became of it. */
class Replica {
  readonly network = { state: 'ok' as Network };
  readonly stop = new AbortController();
  readonly changes: boolean[] = [];
  readonly elector: LeaderElector;
  leadingSignal: AbortSignal | undefined;
  ended: string | undefined;
  /** How long the work goes on after it was told to stop. */
  drainMs = 0;
  readonly #clock: Clock;

  constructor(server: Server, clock: Clock, identity: string, more: Partial<LeaderElectorOptions> = {}) {
    this.#clock = clock;
    this.elector = new LeaderElector({
      store: server.reachedBy(this.network),
      identity,
      clock,
      log: silentLogger,
      random: () => 0,
      onChange: (isLeader) => this.changes.push(isLeader),
      ...more,
    });
  }

  start(): this {
    const never = new AbortController().signal;
    void this.elector
      .run(this.stop.signal, async (signal) => {
        this.leadingSignal = signal;
        await this.#clock.sleep(1e12, signal).catch(() => undefined);
        if (this.drainMs > 0) await this.#clock.sleep(this.drainMs, never);
      })
      .then(
        () => {
          this.ended = 'stopped';
        },
        (error: unknown) => {
          this.ended = String(error);
        },
      );
    return this;
  }
}

let clock: FakeClock;
let server: Server;

beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  server = new Server();
});

describe('a single replica', () => {
  test('takes a lease that nobody has, and renews it every two seconds', async () => {
    const a = new Replica(server, clock, 'a').start();
    await clock.advance(0);
    expect(a.elector.isLeader).toBe(true);
    expect(server.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-02T03:04:05.678000Z',
      renewTime: '2026-01-02T03:04:05.678000Z',
      leaseTransitions: 0,
    });
    await clock.advance(10_000);

    expect(server.updates).toHaveLength(6);
    expect(server.lease?.spec).toMatchObject({
      acquireTime: '2026-01-02T03:04:05.678000Z',
      renewTime: '2026-01-02T03:04:15.678000Z',
      leaseTransitions: 0,
    });
  });

  test('keeps the lease until its work has ended, and gives it up then', async () => {
    const a = new Replica(server, clock, 'a').start();
    a.drainMs = 30_000;
    await clock.advance(1000);
    a.stop.abort();
    await clock.advance(29_000);
    expect(a.leadingSignal?.aborted).toBe(true);
    expect(server.lease?.spec.holderIdentity).toBe('a');
    expect(server.updates.length).toBeGreaterThan(14);
    await clock.advance(1000);

    expect(server.lease?.spec.holderIdentity).toBe('');
    expect(a.ended).toBe('stopped');
    expect(a.changes).toEqual([false, true, false]);
    expect(clock.pending).toBe(0);
  });

  test('that is told to stop while nobody answers ends, without having led', async () => {
    const a = new Replica(server, clock, 'a').start();
    a.network.state = 'hangs';
    await clock.advance(1000);
    a.stop.abort();
    await clock.advance(5000);

    expect(a.ended).toBe('stopped');
    expect(a.changes).toEqual([false]);
    expect(clock.pending).toBe(0);
  });

  test('lives through a server that is away for less than eight seconds', async () => {
    const a = new Replica(server, clock, 'a').start();
    await clock.advance(1000);
    a.network.state = 'refuses';
    await clock.advance(6500);
    a.network.state = 'ok';
    await clock.advance(60_000);

    expect(a.ended).toBeUndefined();
    expect(a.elector.isLeader).toBe(true);
  });

  test.each<Network>(['refuses', 'hangs', 'loses answers'])(
    'stops at once when it could not renew for ten seconds because the server %s',
    async (state) => {
      const a = new Replica(server, clock, 'a').start();
      await clock.advance(0);
      a.network.state = state;
      await clock.advance(9_999);
      expect(a.elector.isLeader).toBe(true);
      await clock.advance(2_001);

      expect(a.elector.isLeader).toBe(false);
      expect(a.leadingSignal?.reason).toMatchObject({ name: 'LeadershipLost' });
      expect(a.ended).toMatch(/^LeadershipLost: The lease could not be renewed for 10 s/);
    },
  );

  test('counts the ten seconds from when it asked, not from when it was answered', async () => {
    const a = new Replica(server, clock, 'a').start();
    await clock.advance(0);
    a.network.state = 'slow';
    await clock.advance(5_000);
    a.network.state = 'ok';
    await clock.advance(1_000);
    expect(server.updates).toHaveLength(2);
    a.network.state = 'refuses';
    await clock.advance(5_999);
    expect(a.elector.isLeader).toBe(true);
    await clock.advance(1);

    expect(a.elector.isLeader).toBe(false);
  });

  test('whose work fails tells so, and does not give the lease away while it may still act', async () => {
    const elector = new LeaderElector({
      store: server.reachedBy({ state: 'ok' }),
      identity: 'a',
      clock,
      log: silentLogger,
    });
    const run = elector.run(new AbortController().signal, () => Promise.reject(new Error('did not stop')));
    const outcome = expect(run).rejects.toThrow('did not stop');
    await clock.advance(0);
    await outcome;

    expect(server.lease?.spec.holderIdentity).toBe('a');
  });
});

describe('two replicas', () => {
  test('the second leads two seconds after the first has given up', async () => {
    const a = new Replica(server, clock, 'a').start();
    await clock.advance(0);
    const b = new Replica(server, clock, 'b').start();
    await clock.advance(60_000);
    expect([a, b].map(({ elector }) => elector.isLeader)).toEqual([true, false]);
    a.stop.abort();
    await clock.advance(2000);

    expect([a, b].map(({ elector }) => elector.isLeader)).toEqual([false, true]);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('the second leads fifteen seconds after the last renewal of a first that vanished, and no earlier', async () => {
    const a = new Replica(server, clock, 'a').start();
    await clock.advance(0);
    const b = new Replica(server, clock, 'b').start();
    await clock.advance(0);
    a.network.state = 'hangs';
    await clock.advance(14_999);
    expect(b.elector.isLeader).toBe(false);
    await clock.advance(2_001);

    expect(b.elector.isLeader).toBe(true);
    expect(a.elector.isLeader).toBe(false);
  });

  test('a wall clock that is a day ahead does not make the second take over', async () => {
    new Replica(server, clock, 'a').start();
    await clock.advance(0);
    const b = new Replica(server, clock, 'b', { clock: shifted(clock, 86_400_000) }).start();
    await clock.advance(60_000);

    expect(b.elector.isLeader).toBe(false);
  });

  test('a leader that finds another in its place stops at once', async () => {
    const a = new Replica(server, clock, 'a').start();
    await clock.advance(0);
    const store = server.reachedBy({ state: 'ok' });
    await store.update({ holderIdentity: 'usurper', leaseDurationSeconds: 15 }, '1', new AbortController().signal);
    await clock.advance(2000);

    expect(a.ended).toMatch(/^LeadershipLost: .*usurper/);
  });

  test('never lead at once, whatever becomes of their connections', async () => {
    const step = fc.record({
      replica: fc.nat(2),
      state: fc.constantFrom<Network>('ok', 'refuses', 'hangs', 'loses answers'),
      advanceMs: fc.nat(20_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const time = new FakeClock();
        const one = new Server();
        const leaders = new Set<string>();
        const replicas = ['a', 'b', 'c'].map((identity) =>
          new Replica(one, time, identity, {
            onChange: (isLeader) => {
              if (isLeader) leaders.add(identity);
              else leaders.delete(identity);
              expect(leaders.size).toBeLessThanOrEqual(1);
            },
          }).start(),
        );
        for (const { replica, state, advanceMs } of steps) {
          const chosen = replicas[replica];
          if (chosen !== undefined) chosen.network.state = state;
          await time.advance(advanceMs);
        }
        for (const replica of replicas) replica.network.state = 'ok';
        await time.advance(40_000);

        const lost = replicas.filter(({ ended }) => ended !== undefined);
        expect(lost.every(({ ended }) => ended?.startsWith('LeadershipLost'))).toBe(true);
        expect(leaders.size).toBe(lost.length === replicas.length ? 0 : 1);
      }),
      { numRuns: 60 },
    );
  });
});

test.each([
  [{ leaseMs: 10_000 }, 'needs lease > renew'],
  [{ retryMs: 9_000 }, 'needs lease > renew'],
  [{ retryMs: 0 }, 'needs lease > renew'],
  [{ identity: '' }, 'needs an identity'],
])('times and names that can not work are refused: %j', (more, message) => {
  expect(() => new Replica(server, clock, 'a', more)).toThrow(message);
});

/** The same time, shown on a wall clock that is wrong. */
const shifted = (right: FakeClock, byMs: number): Clock => ({
  now: () => right.now() + byMs,
  monotonic: () => right.monotonic(),
  after: (delayMs, callback) => right.after(delayMs, callback),
  sleep: (delayMs, signal) => right.sleep(delayMs, signal),
});

test.each([0, 100, 700, 1_300, 1_900, 2_400])(
  'whenever the leader dies (%d ms), another one leads 17.5 s later at the latest',
  async (diesAtMs) => {
    const a = new Replica(server, clock, 'a').start();
    const b = new Replica(server, clock, 'b', { random: () => 0.999 }).start();
    await clock.advance(10_000 + diesAtMs);
    expect(a.elector.isLeader).toBe(true);
    a.network.state = 'refuses';
    await clock.advance(17_500);
    expect(b.elector.isLeader).toBe(true);
  },
);

describe('a leader that was frozen', () => {
  /** Time passes, and no timer fires: what a process sees of it that was stopped for a while. */
  class FreezableClock extends FakeClock {
    #frozenMs = 0;

    freeze(forMs: number): void {
      this.#frozenMs += forMs;
    }

    override monotonic(): number {
      return super.monotonic() + this.#frozenMs;
    }
  }

  test('may do nothing more from the moment of its waking on, before anything has told it so', async () => {
    const freezable = new FreezableClock();
    clock = freezable;
    const a = new Replica(server, clock, 'a').start();
    await clock.advance(5_000);
    const act = (): void => {
      a.elector.assertLeading();
    };
    expect(act).not.toThrow();

    freezable.freeze(11_000);

    expect(a.elector.isLeader).toBe(true);
    expect(act).toThrow('does not lead');
    await clock.advance(2_000);
    expect(a.ended).toContain('could not be renewed');
  });

  test('may go on when it was frozen for so short a time that nobody can have taken over', async () => {
    const freezable = new FreezableClock();
    clock = freezable;
    const a = new Replica(server, clock, 'a').start();
    await clock.advance(4_000);
    freezable.freeze(9_000);
    expect(() => {
      a.elector.assertLeading();
    }).not.toThrow();
  });

  test('and whoever has never led may do nothing', async () => {
    new Replica(server, clock, 'a').start();
    const b = new Replica(server, clock, 'b').start();
    await clock.advance(4_000);
    expect(() => {
      b.elector.assertLeading();
    }).toThrow('does not lead');
  });
});
