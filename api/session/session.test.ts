import { describe, expect, test } from '@jest/globals';
import { alex, connect, root } from '../../test/fixtures/bridge/bridge.ts';
import { id, node, phases, setUp } from '../../test/fixtures/bridge/session.ts';
import { Failure } from '../failure.ts';
import { messageSchema, PAYLOAD_KEYS } from '../wire/message.ts';

describe('the life of a command', () => {
  test('is told in the phases that QBO has, with one id, and ends with its time', async () => {
    const { bridge, commands, clock, settle } = setUp();
    commands.verbs.set('get', async (_command, reply) => {
      await clock.sleep(1, new AbortController().signal);
      reply.send({ nodes: [node] });
    });
    const socket = connect(bridge);

    socket.ask('get nodes -A', { id });
    await settle();

    const messages = socket.take();
    expect(phases(messages)).toEqual([
      '202 CMD_GET command accepted',
      '201 CMD_GET thread 1 started',
      '200 CMD_GET',
      '200 CMD_DONE thread 1 terminated in Ns',
    ]);
    expect(messages.at(-1)?.output?.[0]?.message).toBe('thread 1 terminated in 0.001000s');
    expect(new Set(messages.map(({ command_id }) => command_id))).toEqual(new Set([id]));
    expect(messages[2]?.nodes).toEqual([node]);
    expect(messages.map(({ subcommand }) => subcommand)).toEqual([
      'SUBCMD_NODE',
      'SUBCMD_NODE',
      'SUBCMD_NODE',
      'SUBCMD_DONE',
    ]);
  });

  test('has every field of the envelope, in the order that QBO has, and none that the contract does not know', async () => {
    const { bridge, commands, settle } = setUp();
    commands.verbs.set('get', (_command, reply) => {
      reply.send({ nodes: [node] }, { callback: '/api/v1/nodes' });
    });
    const socket = connect(bridge);

    socket.ask('get nodes dev');
    await settle();

    const texts = socket.wire.reader.texts;
    expect(texts).toHaveLength(4);
    for (const text of texts) {
      const message = JSON.parse(text) as Record<string, unknown>;
      const key = PAYLOAD_KEYS.find((known) => known in message) ?? 'output';
      expect(messageSchema(key).strict().safeParse(message).error).toBeUndefined();
    }
    expect(Object.keys(JSON.parse(texts[2] ?? '') as object)).toEqual([
      'nodes',
      'timestamp',
      'status',
      'code',
      'command_id',
      'command_line',
      'command',
      'subcommand',
      'apicommand',
      'callback',
      'uuid',
      'user',
      'agent',
      'peer',
      'host',
      'source',
      'wsi',
      'thread_id',
      'vhost',
    ]);
  });

  test('of a command that fails ends like a good one, with the error and its code twice', async () => {
    const { bridge, commands, settle } = setUp();
    commands.verbs.set('delete', () => {
      throw new Failure(404, 'There is no cluster dev.');
    });
    const socket = connect(bridge);

    socket.ask('delete cluster dev');
    await settle();

    expect(phases(socket.take())).toEqual([
      '202 CMD_DELETE command accepted',
      '201 CMD_DELETE thread 1 started',
      '404 CMD_DELETE There is no cluster dev.',
      '404 CMD_DONE thread 1 terminated in Ns',
    ]);
  });

  test('of a line that can not be understood is an error alone, without an acceptance', async () => {
    const { bridge, settle } = setUp();
    const socket = connect(bridge);

    socket.ask('gte\u0007 nodes');
    await settle();

    const messages = socket.take();
    expect(messages.map(({ code, command }) => [code, command])).toEqual([
      [400, 'CMD_NONE'],
      [400, 'CMD_DONE'],
    ]);
    expect(messages[0]?.command_line).toBe('qbo gte nodes');
  });

  test('that breaks in a way nobody thought of says so without its innards, which are in the log', async () => {
    const { bridge, commands, settle, logged } = setUp();
    commands.verbs.set('get', () => {
      throw new TypeError('token abc of undefined');
    });
    const socket = connect(bridge);

    socket.ask('get nodes', { id });
    await settle();

    const messages = socket.take();
    expect(messages.at(-1)).toMatchObject({ code: 500, command: 'CMD_DONE' });
    expect(JSON.stringify(messages)).not.toContain('token abc');
    expect(logged.join('')).toContain('token abc');
    expect(logged.join('')).toContain(id);
  });

  test('ends when the socket closes, which the others see and the work can', async () => {
    const { bridge, commands, settle } = setUp();
    let isToldToStop = false;
    commands.verbs.set('add', (_command, _reply, signal) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => {
        isToldToStop = true;
        reject(signal.reason as Error);
      });
      return promise;
    });
    const [socket, other] = [connect(bridge), connect(bridge)];
    socket.ask('add cluster dev');
    await settle();
    socket.take();

    socket.session.closed();
    await settle();

    expect(isToldToStop).toBe(true);
    expect(phases(other.take()).at(-1)).toBe('499 CMD_DONE thread 1 terminated in Ns');
    expect(socket.take()).toEqual([]);
  });
});

describe('the log of a mirror', () => {
  test('goes to every socket of the user as the same bytes, and to nobody else', async () => {
    const { bridge, settle } = setUp();
    const [asker, other, stranger] = [connect(bridge), connect(bridge), connect(bridge, root)];

    asker.ask('version');
    await settle();

    expect(asker.wire.reader.texts).toHaveLength(3);
    expect(other.wire.reader.texts).toEqual(asker.wire.reader.texts);
    expect(stranger.take()).toEqual([]);
  });

  test('has neither rows nor anything secret: those are for the socket that asked', async () => {
    const { bridge, commands, settle, logged } = setUp();
    commands.verbs.set('get', (_command, reply) => {
      reply.send({ nodes: [node] });
      reply.send({ output: [{ kubeconfig: 'apiVersion: v1 # secret' }] });
      reply.send({ output: [{ message: 'a secret word' }] }, { private: true });
    });
    const [asker, other] = [connect(bridge), connect(bridge)];

    asker.ask('get cluster dev -k');
    await settle();

    expect(asker.take()).toHaveLength(6);
    expect(other.wire.reader.texts).toHaveLength(3);
    expect(other.wire.reader.texts.join('')).not.toMatch(/secret|nodes":/);
    expect(logged.join('')).not.toContain('secret');
  });

  test('keeps the order in which things were said, rows among them', async () => {
    const { bridge, commands, settle } = setUp();
    commands.verbs.set('get', (_command, reply) => {
      for (let index = 0; index < 5; index += 1) {
        reply.send({ output: [{ message: `step ${String(index)}` }] });
        reply.send({ nodes: [node] });
      }
    });
    const socket = connect(bridge);

    socket.ask('get nodes');
    await settle();

    const timestamps = socket.take().map(({ timestamp }) => timestamp ?? 0);
    expect(timestamps).toEqual([...timestamps].sort((a, b) => a - b));
    expect(new Set(timestamps).size).toBe(timestamps.length);
  });
});

describe('what is no command', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', 'get nodes'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
    ['null', 'null'],
    ['an array', '[]'],
    ['no command', `{"uuid":"${alex.uuid}"}`],
    ['no uuid', '{"cmd":"version"}'],
    ['a number for a command', `{"cmd":1,"uuid":"${alex.uuid}"}`],
    ['an id that is none', `{"cmd":"version","uuid":"${alex.uuid}","id":"x"}`],
  ])('%s is refused with what to send instead, to this socket alone', async (_what, data) => {
    const { bridge, settle } = setUp();
    const [socket, other] = [connect(bridge), connect(bridge)];

    socket.session.receive(Buffer.from(data));
    await settle();

    const [error, done] = socket.take();
    expect(error).toMatchObject({ code: 400, command: 'CMD_NONE' });
    expect(error?.output?.[0]?.message).toContain('"cmd"');
    expect(done).toMatchObject({ code: 400, command: 'CMD_DONE', command_id: error?.command_id });
    expect(other.take()).toEqual([]);
  });

  test('an id that is in use is refused without ending the command that has it', async () => {
    const { bridge, commands, settle } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    commands.verbs.set('add', () => promise);
    const socket = connect(bridge);
    socket.ask('add cluster dev', { id });
    await settle();
    socket.take();

    socket.ask('version', { id });
    await settle();

    const refused = socket.take();
    expect(refused.map(({ code }) => code)).toEqual([409, 409]);
    expect(refused.every(({ command_id }) => command_id !== id)).toBe(true);
    resolve();
    await settle();
    expect(socket.take().at(-1)).toMatchObject({ code: 200, command_id: id });
    socket.ask('version', { id });
    await settle();
    expect(socket.take().at(-1)).toMatchObject({ code: 200, command_id: id });
  });
});

describe('the list of sockets', () => {
  test('shows an administrator all, a user their own, and marks the one that asks', async () => {
    const { bridge, commands, settle } = setUp();
    commands.verbs.set('get', (_command, reply, _signal, caller) => {
      reply.send({ clients: bridge.clients.rows(caller) });
    });
    const [mine, other, admin] = [connect(bridge), connect(bridge), connect(bridge, root)];
    const ask = async (socket: typeof mine) => {
      socket.ask('get clients', { id });
      await settle();
      return socket.take().find(({ clients }) => clients !== undefined)?.clients ?? [];
    };

    const rows = await ask(mine);

    expect(rows.map(({ wsi, control }) => [wsi, control])).toEqual([
      [mine.session.wsi, 1],
      [other.session.wsi, 0],
    ]);
    expect(rows[0]).toMatchObject({
      user: 'alex@example.com',
      mirror: alex.uuid,
      command: 'qbo get clients',
      command_id: id,
      process_id: 42,
      agent: 'test/1',
    });
    expect(await ask(admin)).toHaveLength(3);
  });
});
