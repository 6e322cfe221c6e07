import { describe, expect, test } from '@jest/globals';
import { connect, root } from '../../test/fixtures/bridge/bridge.ts';
import { id, node, phases, setUp } from '../../test/fixtures/bridge/session.ts';
import type { NodeRow } from '../wire/rows.ts';

describe('limits', () => {
  test('more messages than may come at once are refused under their own id, and are taken again a moment later', async () => {
    const { bridge, clock, settle } = setUp({ messageBurst: 2, messagesPerSecond: 1 });
    const socket = connect(bridge);

    for (let count = 0; count < 3; count += 1) socket.ask('version', count === 2 ? { id } : {});
    await settle();

    const refused = socket.take().filter(({ code }) => code === 429);
    expect(refused.map(({ command, command_id }) => [command, command_id])).toEqual([
      ['CMD_NONE', id],
      ['CMD_DONE', id],
    ]);
    await clock.advance(1000);
    socket.ask('version');
    await settle();
    expect(socket.take().at(-1)).toMatchObject({ code: 200 });
  });

  test('a socket that goes on and on is closed', async () => {
    const { bridge, settle } = setUp({ messageBurst: 1 });
    const socket = connect(bridge);

    for (let count = 0; count < 200; count += 1) socket.ask('version');
    await settle();

    expect(socket.wire.closed.map(([code]) => code)).toEqual([1008]);
    expect(socket.take().length).toBeLessThan(250);
    expect(bridge.clients.size).toBe(0);
  });

  test('commands in flight are bounded for a socket, and for all sockets of a user', async () => {
    const { bridge, commands, settle } = setUp({ commandsPerSocket: 2, commandsPerUser: 3 });
    commands.verbs.set('add', () => new Promise<void>(() => undefined));
    const [first, second, stranger] = [connect(bridge), connect(bridge), connect(bridge, root)];
    const ask = async (socket: typeof first) => {
      socket.take();
      socket.ask('add cluster dev');
      await settle();
      return socket.take()[0]?.code;
    };

    expect([await ask(first), await ask(first), await ask(first)]).toEqual([202, 202, 429]);
    expect([await ask(second), await ask(second)]).toEqual([202, 429]);
    expect(await ask(stranger)).toBe(202);
  });

  test('a socket that gives no sign of life is pinged, and ended when it is silent as long again', async () => {
    const { bridge, clock } = setUp({ idleMs: 1000 });
    const [silent, alive] = [connect(bridge), connect(bridge)];
    const look = () => {
      for (const session of [...bridge.clients]) session.look();
    };

    await clock.advance(1000);
    look();
    expect([silent.wire.pings, alive.wire.pings]).toEqual([1, 1]);
    alive.session.heard();
    await clock.advance(1000);
    look();

    expect([silent.wire.isTerminated, alive.wire.isTerminated]).toEqual([true, false]);
    expect([...bridge.clients].map(({ wsi }) => wsi)).toEqual([alive.session.wsi]);
  });

  test('no more commands are read from a socket that does not read its answers, until it does', async () => {
    const { bridge, commands, settle } = setUp({ pauseBytes: 10_000 });
    commands.verbs.set('get', (_command, reply) => {
      reply.send({ nodes: Array<NodeRow>(100).fill(node) });
    });
    const socket = connect(bridge);
    socket.wire.isReading = false;

    socket.ask('get nodes');
    await settle();
    socket.ask('get nodes');
    await settle();
    expect(socket.wire.isPaused).toBe(true);
    socket.wire.isReading = true;
    socket.session.drained();
    await settle();

    expect(socket.wire.isPaused).toBe(false);
    expect(phases(socket.take()).filter((phase) => phase.includes('DONE'))).toHaveLength(2);
  });

  test('a socket whose answers become too much is closed, and says why', async () => {
    const { bridge, commands, settle } = setUp({ replyBytes: 50_000 });
    commands.verbs.set('get', (_command, reply) => {
      for (let count = 0; count < 10; count += 1) reply.send({ nodes: Array<NodeRow>(30).fill(node) });
    });
    const socket = connect(bridge);
    socket.wire.isReading = false;

    socket.ask('get nodes');
    await settle();

    expect(socket.wire.closed).toEqual([[1013, 'Answers are not read']]);
    expect(socket.session.queued).toBe(0);
  });

  test('a socket that is too slow for the log of others is told how much it missed', async () => {
    const { bridge, settle } = setUp({ queueMessages: 10 });
    const [slow, busy] = [connect(bridge), connect(bridge)];
    slow.wire.isReading = false;
    for (let count = 0; count < 20; count += 1) busy.ask('version');
    await settle();
    slow.wire.isReading = true;
    slow.session.drained();
    await settle();

    const messages = slow.take();
    const heard = messages.filter(({ command }) => command !== 'CMD_NONE');
    const [note, ...others] = messages.filter(({ resync }) => resync === true);
    expect(others).toEqual([]);
    const missed = Number(/(\d+) messages/.exec(note?.output?.[0]?.message ?? '')?.[1]);
    expect(missed + heard.length).toBe(60);
    expect(missed).toBeGreaterThan(0);
    expect(bridge.metrics).toMatchObject({ droppedMessages: missed, resyncs: 1 });
    busy.ask('version');
    await settle();
    expect(slow.take()).toHaveLength(3);
  });
});
