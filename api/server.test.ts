import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { once } from 'node:events';
import { alex, root } from '../test/fixtures/bridge/bridge.ts';
import { startBridge, type BridgeOptions, type RunningBridge } from '../test/fixtures/bridge/running-bridge.ts';
import { ScriptedCommands, ScriptedWatch } from '../test/fixtures/bridge/scripted-commands.ts';
import { assertMayListen, isLoopback } from './http/listen.ts';
import { LOOPBACK_HOSTS } from './http/origin.ts';

const running: RunningBridge[] = [];

async function start(options: BridgeOptions = {}, commands = new ScriptedCommands()): Promise<RunningBridge> {
  const bridge = await startBridge(commands, options);
  running.push(bridge);
  return bridge;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((bridge) => bridge.stop()));
});

async function get(port: number, path: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  const asked = httpRequest({ host: '127.0.0.1', port, path, headers }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return [response.statusCode ?? 0, body.trim()];
}

describe('a websocket', () => {
  test.each([[undefined], ['qbo']])('speaks to a client that offers subprotocol %s', async (protocol) => {
    const { connect } = await start();
    const client = await connect(protocol === undefined ? {} : { protocol });

    const messages = await client.done('version');

    expect(client.socket.protocol).toBe(protocol ?? '');
    expect(messages.map(({ code }) => code)).toEqual([202, 201, 200]);
    expect(messages[0]).toMatchObject({ peer: '127.0.0.1', uuid: root.uuid, vhost: 'proxy' });
  });

  test('carries what several sockets of a user see of each other, large messages whole', async () => {
    const commands = new ScriptedCommands();
    const rows = Array.from({ length: 3000 }, (_, index) => ({
      name: `image ${String(index)}`,
      registry: 'localhost',
      user: '',
      repository: '',
      image: 'node',
      tag: 'v1',
    }));
    commands.verbs.set('get', (_command, reply) => {
      reply.send({ images: rows });
    });
    const { connect } = await start({}, commands);
    const [first, second] = [await connect(), await connect()];

    const messages = await first.done('get images -A');

    expect(messages.find(({ images }) => images !== undefined)?.images).toHaveLength(3000);
    await second.until(({ command }) => command === 'CMD_DONE');
    expect(second.received.map(({ code }) => code)).toEqual([202, 201, 200]);
  });

  test('of a client that stops reading holds nobody up, and is made whole when it reads again', async () => {
    const commands = new ScriptedCommands();
    const watch = new ScriptedWatch('n', [{ networks: [] }]);
    commands.watched = () => watch;
    const { connect, bridge } = await start({ limits: { queueMessages: 100 } }, commands);
    const [slow, quick] = [await connect(), await connect()];
    for (const client of [slow, quick]) {
      client.ask('get networks -w');
      await client.until(({ networks }) => networks !== undefined);
    }
    slow.socket.pause();
    const subnet = 'x'.repeat(4000);
    for (let count = 1; count <= 4000; count += 1) {
      watch.push({
        networks: [
          { name: 'dev', id: root.uuid, subnet: `${subnet}${String(count)}`, state: 'ready', user: root.email },
        ],
      });
      if (count % 50 === 0) await quick.until(({ sequence }) => sequence === count);
    }
    const largest = Math.max(...[...bridge.clients].map(({ queued }) => queued));
    slow.socket.resume();
    const whole = await slow.until(({ resync }) => resync === true);

    expect(largest).toBeLessThan(2_000_000);
    expect(whole.networks?.[0]?.subnet).toBe(`${subnet}4000`);
    const changes = slow.received.filter(({ sequence = 0, resync }) => sequence > 0 && resync === undefined);
    expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((_, index) => index + 1));
    expect(quick.received.filter(({ resync }) => resync === true)).toEqual([]);
  });

  test('is told that the bridge goes away', async () => {
    const bridge = await start();
    const client = await bridge.connect();

    await bridge.stop();

    expect(await client.closed).toBe(1001);
    await expect(bridge.connect()).rejects.toThrow(/ECONNREFUSED/);
  });

  test('ends when the credentials are revoked', async () => {
    const { connect, authenticator, bridge } = await start();
    const client = await connect();

    authenticator.revoked.abort(new Error('revoked'));

    expect(await client.closed).toBe(1008);
    expect(bridge.clients.size).toBe(0);
  });

  test('with a message that is too long is closed, and others are not', async () => {
    const { connect } = await start({ limits: { messageBytes: 1000 } });
    const [wordy, other] = [await connect(), await connect()];

    wordy.socket.send('x'.repeat(1001));

    expect(await wordy.closed).toBe(1009);
    expect(await other.done('version')).toHaveLength(3);
  });

  test('is answered when it pings, but not without end', async () => {
    const { connect } = await start();
    const client = await connect();
    let pongs = 0;
    client.socket.on('pong', () => (pongs += 1));

    for (let count = 0; count < 500; count += 1) client.socket.ping();
    await client.done('version');

    expect(pongs).toBeGreaterThan(0);
    expect(pongs).toBeLessThan(100);
  });

  test('of a client that is silent is pinged, and lives as long as it answers', async () => {
    const { connect, bridge } = await start({ limits: { idleMs: 100 } });
    const [client, dead] = [await connect(), await connect({ autoPong: false })];
    let pings = 0;
    client.socket.on('ping', () => (pings += 1));

    expect(await dead.closed).toBe(1006);
    while (pings < 3) await once(client.socket, 'ping');

    expect(client.socket.readyState).toBe(client.socket.OPEN);
    expect(bridge.clients.size).toBe(1);
  });
});

describe('a handshake is refused', () => {
  test('of somebody who is not known, without a hint', async () => {
    const { connect, authenticator, bridge } = await start();
    authenticator.identify = async (cookie) => (cookie === 'qbo_uid=1' ? alex : undefined);

    await expect(connect()).rejects.toThrow('401 Not authorized.');
    await expect(connect({ headers: { cookie: 'qbo_uid=2' } })).rejects.toThrow('401 Not authorized.');
    const client = await connect({ headers: { cookie: 'qbo_uid=1' } });

    expect(client.socket.readyState).toBe(client.socket.OPEN);
    expect(bridge.metrics.handshakes).toEqual([401, 401, 101]);
  });

  test('when it can not be found out who it is, because something fails or takes too long', async () => {
    const { connect, authenticator } = await start({ limits: { handshakeMs: 50 } });
    authenticator.identify = () => Promise.reject(new Error('API server away'));
    await expect(connect()).rejects.toThrow(/^503 .*Try again/);
    authenticator.identify = () => new Promise(() => undefined);
    await expect(connect()).rejects.toThrow(/^503 .*Try again/);
  });

  test.each([
    ['a page of another origin', { origin: 'http://evil.example' }, /^403 .*QBO_API_ORIGINS/],
    ['a page without one', { origin: 'null' }, /^403/],
    ['a name that somebody has made to resolve to this machine', { headers: { host: 'evil.example' } }, /^403 .*evil/],
    ['another subprotocol', { protocol: 'mqtt' }, /^400 The subprotocol is qbo/],
    ['another path', { path: '/qbo-term' }, /^404 .*\/qbo/],
  ])('for %s', async (_what, options, answer) => {
    const { connect } = await start({ trust: { origins: new Set(['https://ours.example']), hosts: LOOPBACK_HOSTS } });

    await expect(connect(options)).rejects.toThrow(answer);
  });

  test('not for pages of the bridge itself, nor for those that are named', async () => {
    const { connect, port } = await start({
      trust: { origins: new Set(['https://ours.example']), hosts: LOOPBACK_HOSTS },
    });

    await connect({ origin: `http://127.0.0.1:${String(port)}` });
    await connect({ origin: 'https://ours.example' });
    await expect(connect({ origin: 'http://127.0.0.1:1' })).rejects.toThrow(/^403/);
  });

  test('beyond the sockets that one user, and all together, may have', async () => {
    const { connect, authenticator } = await start({ limits: { socketsPerUser: 2, sockets: 3 } });
    authenticator.identify = async (cookie) => (cookie === 'alex' ? alex : root);
    await connect();
    const second = await connect();

    await expect(connect()).rejects.toThrow(/^429 You have 2 connections/);
    await connect({ headers: { cookie: 'alex' } });
    await expect(connect({ headers: { cookie: 'alex' } })).rejects.toThrow(/^503/);
    await second.close();
    await connect({ headers: { cookie: 'alex' } });
  });

  test('with headers that are too long, or that never end', async () => {
    const { connect, port } = await start({ limits: { headerBytes: 2048, handshakeMs: 200 } });

    await expect(connect({ headers: { cookie: 'x'.repeat(4096) } })).rejects.toThrow(/^431/);
    const slow = connectTcp(port, '127.0.0.1');
    slow.write('GET /qbo HTTP/1.1\r\nHost: localhost\r\n');
    slow.resume();
    await once(slow, 'close');
  });
});

describe('over HTTP', () => {
  test('there are probes, the contract, and metrics for administrators', async () => {
    const ready = Promise.withResolvers<void>();
    const { port, authenticator } = await start({
      ready: {
        kubernetes: () => {
          throw new Error('no answer');
        },
      },
    });
    ready.resolve();

    expect(await get(port, '/healthz')).toEqual([200, 'ok']);
    expect(await get(port, '/readyz')).toEqual([503, 'kubernetes: no answer']);
    expect(await get(port, '/asyncapi.yaml')).toEqual([200, 'asyncapi: 3.0.0']);
    expect((await get(port, '/metrics'))[0]).toBe(200);
    authenticator.identify = async () => alex;
    expect((await get(port, '/metrics'))[0]).toBe(403);
    authenticator.identify = async () => undefined;
    expect((await get(port, '/metrics'))[0]).toBe(401);
    expect((await get(port, '/qbo'))[0]).toBe(426);
    expect((await get(port, '/'))[0]).toBe(404);
  });

  test('a kubelet probes it by whatever address it has', async () => {
    const { port } = await start({ trust: { origins: new Set(), hosts: new Set(['bridge.example']) } });

    expect(await get(port, '/readyz')).toEqual([200, 'ok']);
  });

  test('nothing is told to a page whose name was made to resolve to this machine', async () => {
    const { port } = await start({ trust: { origins: new Set(), hosts: LOOPBACK_HOSTS } });

    expect((await get(port, '/metrics', { host: 'evil.example' }))[0]).toBe(403);
    expect((await get(port, '/asyncapi.yaml', { host: 'evil.example' }))[0]).toBe(403);
    expect((await get(port, '/healthz', { host: `localhost:${String(port)}` }))[0]).toBe(200);
  });

  test('a path of somebody else is answered by them', async () => {
    const { port } = await start({ routes: { '/login': (_request, response) => void response.end('hello') } });

    expect(await get(port, '/login?x=1')).toEqual([200, 'hello']);
  });
});

describe('listening', () => {
  test('is refused on any address but loopback without authentication, with what to do', () => {
    for (const address of ['0.0.0.0', '::', '10.0.0.1', 'bridge.example', '128.0.0.1', '127.evil.example']) {
      expect(() => assertMayListen({ address, port: 1 }, false)).toThrow(/QBO_API_AUTH=accounts/);
      expect(() => assertMayListen({ address, port: 1 }, true)).not.toThrow();
      expect(isLoopback(address)).toBe(false);
    }
    for (const address of ['localhost', '127.0.0.1', '127.8.9.1', '::1']) {
      expect(() => assertMayListen({ address, port: 1 }, false)).not.toThrow();
    }
  });

  test('is on both loopback addresses of the machine, or on the one that it has', async () => {
    const { port } = await start({ place: { address: 'localhost', port: 0 } });
    expect(await get(port, '/healthz')).toEqual([200, 'ok']);
  });

  test('on a port that is taken says so, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };

    await expect(startBridge(new ScriptedCommands(), { place: { address: '127.0.0.1', port } })).rejects.toThrow(
      `can not listen on port ${String(port)} of 127.0.0.1: another program does`,
    );
    other.close();
  });
});
