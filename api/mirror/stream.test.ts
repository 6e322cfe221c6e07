import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { alex, connect, root, testBridge, type TestSocket } from '../../test/fixtures/bridge/bridge.ts';
import type { Received } from '../../test/fixtures/bridge/frames.ts';
import { ScriptedCommands, ScriptedWatch } from '../../test/fixtures/bridge/scripted-commands.ts';
import { Failure } from '../failure.ts';
import type { Limits } from '../session/limits.ts';
import type { Payload } from '../wire/message.ts';
import type { NetworkRow, State } from '../wire/rows.ts';

const net = (name: string, subnet: string, state: State = 'ready'): NetworkRow => ({
  name,
  id: `00000000-0000-4000-8000-${name.padStart(12, '0')}`,
  subnet,
  state,
  user: alex.email,
});
const nets = (...networks: readonly NetworkRow[]): Payload => ({ networks });

/** What a client makes of what it is sent; it complains of whatever it could not have known. */
class Follower {
  readonly rows = new Map<string, string>();
  socket: TestSocket;
  stream: string | undefined;
  last: number | undefined;
  snapshots = 0;
  resyncs = 0;
  changes = 0;
  failure: number | undefined;

  constructor(socket: TestSocket) {
    this.socket = socket;
  }

  watch(): void {
    const resume =
      this.stream !== undefined && this.last !== undefined ? { resume: { stream: this.stream, after: this.last } } : {};
    this.socket.ask('get networks -w', resume);
  }

  read(): void {
    for (const message of this.socket.take()) this.#take(message);
  }

  #take(message: Received): void {
    const stream = message.output?.[0]?.stream;
    if (stream !== undefined) {
      if (this.stream !== stream) this.last = undefined;
      this.stream = stream;
    }
    if (message.command === 'CMD_DONE') this.failure = message.code;
    const rows = message.networks;
    if (rows === undefined) return;
    if (message.command_id === this.stream) this.#change(message.sequence, rows);
    else this.#snapshot(message, rows);
  }

  #snapshot({ sequence, resync }: Received, rows: readonly NetworkRow[]): void {
    this.snapshots += 1;
    if (resync === true) this.resyncs += 1;
    this.rows.clear();
    for (const row of rows) this.rows.set(row.name, row.subnet);
    this.last = sequence;
  }

  #change(sequence: number | undefined, rows: readonly NetworkRow[]): void {
    expect(sequence).toBe((this.last ?? Number.NaN) + 1);
    this.last = sequence;
    this.changes += 1;
    for (const { name, subnet, state } of rows) {
      if (state === 'deleted') {
        expect(this.rows.delete(name)).toBe(true);
      } else {
        expect(this.rows.get(name)).not.toBe(subnet);
        this.rows.set(name, subnet);
      }
    }
  }
}

function setUp(limits: Partial<Limits> = {}, first: readonly Payload[] = [nets(net('dev', '172.18.0.0/24'))]) {
  const clock = new FakeClock();
  const commands = new ScriptedCommands();
  const bridge = testBridge(clock, commands, { limits });
  const watch = new ScriptedWatch('networks', first);
  commands.watched = () => watch;
  const settle = () => clock.advance(5);
  const follow = async (caller = alex) => {
    const follower = new Follower(connect(bridge, caller));
    follower.watch();
    await settle();
    follower.read();
    return follower;
  };
  return { clock, commands, bridge, watch, settle, follow };
}

describe('a watch', () => {
  test('sends all rows, then each change to every follower as the same bytes, numbered', async () => {
    const { watch, settle, follow } = setUp();
    const [first, second] = [await follow(), await follow()];
    expect([...first.rows]).toEqual([['dev', '172.18.0.0/24']]);
    first.read();

    watch.push(nets(net('prod', '172.18.1.0/24')));
    await settle();

    expect(first.socket.wire.reader.texts).toHaveLength(1);
    expect(second.socket.wire.reader.texts).toEqual(first.socket.wire.reader.texts);
    first.read();
    expect(first).toMatchObject({ last: 1, changes: 1 });
    expect(first.rows.get('prod')).toBe('172.18.1.0/24');
  });

  test('sends nothing when what is said has not changed', async () => {
    const { watch, settle, follow } = setUp();
    const follower = await follow();

    watch.push(nets(net('dev', '172.18.0.0/24')), nets(net('gone', '', 'deleted')));
    await settle();

    expect(follower.socket.take()).toEqual([]);
  });

  test('is private to its user: another one’s is another stream, even of the same rows', async () => {
    const { follow, bridge } = setUp();
    const [mine, theirs] = [await follow(), await follow(root)];

    expect(mine.stream).not.toBe(theirs.stream);
    expect(bridge.mirrors.streams).toBe(2);
  });

  test('numbers only the last message of all rows, so that half of them do not count', async () => {
    const { bridge, settle } = setUp({}, [{ clusters: [] }, { nodes: [] }, nets()]);
    const socket = connect(bridge);

    socket.ask('get all -w');
    await settle();

    const rows = socket.take().filter(({ output, input }) => output === undefined && input === undefined);
    expect(rows.map(({ sequence, subcommand }) => [sequence, subcommand])).toEqual([
      [undefined, 'SUBCMD_CLUSTER'],
      [undefined, 'SUBCMD_NODE'],
      [0, 'SUBCMD_NETWORK'],
    ]);
  });

  test('ends for all who follow it when the right to see it is gone, with the reason', async () => {
    const { watch, settle, follow, bridge } = setUp();
    const [first, second] = [await follow(), await follow()];

    watch.fail(new Failure(403, 'You may not see networks any more.'));
    await settle();

    first.read();
    second.read();
    expect([first.failure, second.failure]).toEqual([403, 403]);
    expect(bridge.mirrors.streams).toBe(0);
    expect([first.socket.session.commands, second.socket.session.commands]).toEqual([0, 0]);
  });

  test('goes on after the last message that was received, with the same bytes', async () => {
    const { bridge, watch, settle, follow } = setUp();
    const [leaving, staying] = [await follow(), await follow()];
    leaving.socket.session.closed();
    watch.push(nets(net('a', '1')), nets(net('b', '2')));
    await settle();
    const missed = staying.socket.wire.reader.texts.filter((text) => text.includes('networks":'));

    leaving.socket = connect(bridge);
    leaving.watch();
    await settle();

    expect(leaving.socket.wire.reader.texts.filter((text) => text.includes('networks":'))).toEqual(missed);
    leaving.read();
    expect(leaving).toMatchObject({ last: 2, changes: 2, snapshots: 1, resyncs: 0 });
  });

  test('of which too much was missed begins anew, and says so', async () => {
    const { bridge, watch, settle, follow } = setUp({ ring: { messages: 2, bytes: 1e6, ageMs: 60_000 } });
    const leaving = await follow();
    leaving.socket.session.closed();
    for (let count = 0; count < 3; count += 1) watch.push(nets(net('dev', String(count))));
    await settle();

    leaving.socket = connect(bridge);
    leaving.watch();
    await settle();

    leaving.read();
    expect(leaving).toMatchObject({ last: 3, changes: 0, resyncs: 1 });
    expect(leaving.rows.get('dev')).toBe('2');
  });

  test('is followed for a minute after the last socket has gone, and no longer', async () => {
    const { bridge, clock, watch, settle, follow } = setUp();
    const leaving = await follow();
    const stream = leaving.stream;
    leaving.socket.session.closed();
    await clock.advance(59_000);
    expect(watch.signal?.aborted).toBe(false);
    await clock.advance(1_000);
    expect(watch.signal?.aborted).toBe(true);
    expect(bridge.mirrors.streams).toBe(0);

    leaving.socket = connect(bridge);
    leaving.watch();
    await settle();
    leaving.read();

    expect(leaving.stream).not.toBe(stream);
    expect(leaving.resyncs).toBe(1);
  });

  test('that somebody follows again lives on', async () => {
    const { bridge, clock, watch, follow } = setUp();
    (await follow()).socket.session.closed();
    await clock.advance(30_000);
    await follow();
    await clock.advance(120_000);

    expect(watch.signal?.aborted).toBe(false);
    expect(bridge.mirrors.streams).toBe(1);
  });

  test('of somebody else can not be resumed by its id', async () => {
    const { bridge, watch, settle, follow } = setUp();
    const theirs = await follow(root);
    watch.push(nets(net('secret', '1')));
    await settle();

    const mine = connect(bridge);
    mine.ask('get networks -w', { resume: { stream: theirs.stream, after: 0 } });
    await settle();

    const rows = mine.take().find(({ networks }) => networks !== undefined);
    expect(rows).toMatchObject({ resync: true, sequence: 0 });
  });

  test('a follower that does not read costs no more than its bound, and is made whole when it does', async () => {
    const { watch, settle, follow, bridge } = setUp({ queueMessages: 10 });
    const [slow, quick] = [await follow(), await follow()];
    slow.socket.wire.isReading = false;
    for (let count = 1; count <= 1000; count += 1) {
      watch.push(nets(net('dev', String(count))));
      await settle();
    }
    expect(slow.socket.session.queued).toBeLessThan(20_000);

    slow.socket.wire.isReading = true;
    slow.socket.session.drained();
    await settle();

    slow.read();
    quick.read();
    expect(quick).toMatchObject({ last: 1000, changes: 1000, resyncs: 0 });
    expect(slow).toMatchObject({ last: 1000, resyncs: 1 });
    expect(slow.rows).toEqual(quick.rows);
    expect(bridge.metrics.resyncs).toBe(1);
  });
});

type Deed =
  | { readonly kind: 'change'; readonly name: number; readonly value: number }
  | { readonly kind: 'come' }
  | { readonly kind: 'leave' | 'return' | 'block' | 'read'; readonly who: number }
  | { readonly kind: 'wait'; readonly ms: number };

const who = fc.nat(5);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('change' as const), name: fc.nat(4), value: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'come' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('leave', 'return', 'block', 'read' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 20_000, 70_000) }) },
);

describe('whoever comes, goes, comes back and reads slowly', () => {
  test('misses nothing without being told, gets nothing twice, and knows in the end what is so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 60 }), async (deeds) => {
        const { bridge, clock, commands } = setUp({ queueMessages: 4 });
        const truth = new Map<string, string>();
        let watches: ScriptedWatch[] = [];
        commands.watched = () => {
          const rows = [...truth].map(([name, subnet]) => net(name, subnet));
          const watch = new ScriptedWatch('networks', [nets(...rows)]);
          watches.push(watch);
          return watch;
        };
        const followers: Follower[] = [];
        const open = new Set<Follower>();
        const act = async (next: Deed): Promise<void> => {
          if (next.kind === 'wait') return clock.advance(next.ms);
          if (next.kind === 'change') {
            const name = String(next.name);
            const wasThere = truth.has(name);
            if (next.value === 0) truth.delete(name);
            else truth.set(name, String(next.value));
            const row = net(name, String(next.value), next.value === 0 ? 'deleted' : 'ready');
            watches = watches.filter(({ signal }) => signal?.aborted !== true);
            if (next.value > 0 || wasThere) for (const watch of watches) watch.push(nets(row));
            return clock.advance(0);
          }
          if (next.kind === 'come') {
            const follower = new Follower(connect(bridge));
            followers.push(follower);
            open.add(follower);
            follower.watch();
            return clock.advance(2);
          }
          const follower = followers[next.who];
          if (follower === undefined) return;
          const { wire, session } = follower.socket;
          if (next.kind === 'block') wire.isReading = false;
          if (next.kind === 'read') {
            wire.isReading = true;
            session.drained();
            await clock.advance(2);
            follower.read();
          }
          if (next.kind === 'leave') {
            follower.read();
            session.closed();
            open.delete(follower);
          }
          if (next.kind === 'return' && !open.has(follower)) {
            follower.socket = connect(bridge);
            open.add(follower);
            follower.watch();
            await clock.advance(2);
          }
        };
        for (const next of deeds) await act(next);

        for (const { socket } of open) {
          socket.wire.isReading = true;
          socket.session.drained();
        }
        await clock.advance(5);
        for (const follower of open) {
          follower.read();
          expect(follower.rows).toEqual(truth);
        }
        for (const { socket } of open) socket.session.closed();
        await clock.advance(120_000);
        expect([bridge.mirrors.streams, bridge.clients.size, clock.pending]).toEqual([0, 0, 0]);
      }),
      { numRuns: 300 },
    );
  });
});
