import { expect, test } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { Nonsense } from '../../test/fixtures/bridge/nonsense.ts';
import { startBridge } from '../../test/fixtures/bridge/running-bridge.ts';
import { ScriptedCommands } from '../../test/fixtures/bridge/scripted-commands.ts';

const CONNECTIONS = 400;
const FRAMES = 20;

const UPGRADE = [
  'GET /qbo HTTP/1.1',
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

/** A frame as a client sends it, most of the time; what is wrong with it is anything that can be. */
function frame(nonsense: Nonsense): Buffer {
  const payload = nonsense.message();
  const isWrong = nonsense.below(4) === 0;
  const opcode = isWrong ? nonsense.below(16) : nonsense.of([1, 1, 1, 1, 2, 9, 10]);
  const flags = isWrong ? nonsense.below(16) << 4 : 0x80;
  const mask = isWrong && nonsense.below(2) === 0 ? 0 : 0x80;
  const body = opcode > 8 && !isWrong ? payload.subarray(0, 125) : payload;
  const size = isWrong && nonsense.below(3) === 0 ? nonsense.below(200_000) : body.length;
  const header = Buffer.from([
    flags | opcode,
    mask | (size < 126 ? size : 126),
    ...(size < 126 ? [] : [(size >> 8) & 255, size & 255]),
  ]);
  const key = mask === 0 ? Buffer.alloc(0) : nonsense.bytes(4);
  const masked = mask === 0 ? body : body.map((byte, index) => byte ^ (key[index % 4] as number));
  return Buffer.concat([header, key, masked]);
}

/** What follows the handshake, or stands in its place. */
function* lifeOf(nonsense: Nonsense): Generator<Buffer> {
  const dice = nonsense.below(10);
  if (dice === 0) yield nonsense.bytes(1 + nonsense.below(500));
  else if (dice === 1) yield Buffer.from(UPGRADE.slice(0, nonsense.below(UPGRADE.length)));
  else if (dice === 2)
    yield Buffer.from(
      UPGRADE.replace(nonsense.of(['Host', '13', 'websocket', '/qbo', '1.1']), nonsense.of(['', 'x', '0'])),
    );
  else yield Buffer.from(UPGRADE);
  for (let count = 0; count < FRAMES; count += 1) {
    const bytes = frame(nonsense);
    // Cut anywhere, as a network does.
    const cut = nonsense.below(bytes.length + 1);
    yield bytes.subarray(0, cut);
    yield bytes.subarray(cut);
  }
}

async function live(socket: Socket, nonsense: Nonsense): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  if (nonsense.below(5) > 0) socket.resume();
  for (const bytes of lifeOf(nonsense)) {
    if (socket.destroyed) break;
    socket.write(bytes);
    if (nonsense.below(4) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (nonsense.below(2) === 0) socket.destroy();
  else socket.end();
  socket.resume();
  await closed;
}

test(`${String(CONNECTIONS)} connections with ${String(FRAMES)} frames each, many of them broken, harm nobody`, async () => {
  const running = await startBridge(new ScriptedCommands(), {
    limits: { handshakeMs: 500, messageBurst: 1e9, socketsPerUser: 1000 },
  });
  const bystander = await running.connect();
  const nonsense = new Nonsense(42);
  try {
    for (let count = 0; count < CONNECTIONS; count += 20) {
      const sockets = Array.from({ length: 20 }, () => connect(running.port, '127.0.0.1'));
      await Promise.all(sockets.map((socket) => live(socket, nonsense)));
    }

    expect(await bystander.done('version')).toHaveLength(3);
    expect(await (await running.connect()).done('version')).toHaveLength(3);
    expect(running.bridge.clients.size).toBe(2);
    expect(running.bridge.metrics.handshakes.filter((code) => code === 101).length).toBeGreaterThan(CONNECTIONS / 2);
  } finally {
    await running.stop();
  }
});
