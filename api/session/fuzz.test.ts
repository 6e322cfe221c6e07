import { expect, test } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { alex, testBridge } from '../../test/fixtures/bridge/bridge.ts';
import { FrameReader } from '../../test/fixtures/bridge/frames.ts';
import { Nonsense } from '../../test/fixtures/bridge/nonsense.ts';
import { ScriptedCommands, ScriptedWatch } from '../../test/fixtures/bridge/scripted-commands.ts';
import { silentLogger, type Logger } from '../../controllers/runtime/log.ts';
import { Failure } from '../failure.ts';
import { Session, type Wire } from './session.ts';

const MESSAGES = 200_000;
const AT_ONCE = 50;
const SOCKETS = 4;
/** After so many messages each socket is replaced. */
const LIFE = 2_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

/** Reads everything, or nothing for a while. */
class FuzzWire implements Wire {
  /** One of them looks at what it gets; for all to do so would take minutes. */
  readonly reader: FrameReader | undefined;
  isReading = true;

  constructor(reader: FrameReader | undefined) {
    this.reader = reader;
  }
  write(bytes: Buffer): boolean {
    this.reader?.push(bytes);
    return this.isReading;
  }
  close(): void {}
  pause(): void {}
  resume(): void {}
  ping(): void {}
  terminate(): void {}
}

function scripted(): ScriptedCommands {
  const commands = new ScriptedCommands();
  commands.watched = () => new ScriptedWatch(String(commands.ran.length % 7), [{ nodes: [] }]);
  commands.verbs.set('delete', () => {
    throw new Failure(404, 'There is none.');
  });
  commands.verbs.set('scale', () => {
    throw new RangeError('nobody thought of this');
  });
  commands.verbs.set('get', (_command, reply) => {
    reply.send({ nodes: [] });
    reply.send({ output: [{ kubeconfig: 'x' }] });
  });
  return commands;
}

function send({ session, wire }: { readonly session: Session; readonly wire: FuzzWire }, nonsense: Nonsense): void {
  wire.isReading = nonsense.below(10) > 0;
  for (let count = 0; count < AT_ONCE; count += 1) session.receive(nonsense.message());
  if (wire.isReading) session.drained();
}

test(`${String(MESSAGES)} messages of all sorts are answered, one end each, and nothing of them is kept`, async () => {
  const clock = new FakeClock();
  const commands = scripted();
  let ended = 0;
  const log: Logger = { ...silentLogger, info: (message) => (ended += Number(message === 'Command ended')) };
  const generous = { messagesPerSecond: 1e9, messageBurst: 1e9, commandsPerSocket: 1e6, commandsPerUser: 1e6 };
  const bridge = testBridge(clock, commands, { limits: generous, log });
  const nonsense = new Nonsense(20_261_121);
  const reader = new FrameReader();
  let connections = 0;
  let sent = 0;
  let heapAtFirst = 0;
  while (sent < MESSAGES) {
    const sockets = Array.from({ length: SOCKETS }, (_, index) => {
      const wire = new FuzzWire(index === 0 ? reader : undefined);
      connections += 1;
      const connection = { wire, caller: alex, peer: '127.0.0.1', agent: 'fuzz', number: connections };
      return { wire, session: new Session(bridge, connection) };
    });
    for (let round = 0; round < LIFE / AT_ONCE; round += 1) {
      for (const socket of sockets) send(socket, nonsense);
      sent += SOCKETS * AT_ONCE;
      await clock.advance(2);
      expect(
        reader.take().every(({ code, command_line = '' }) => code !== undefined && command_line.startsWith('qbo')),
      ).toBe(true);
    }
    for (const { session } of sockets) session.closed();
    await clock.advance(120_000);
    expect([bridge.clients.size, bridge.mirrors.streams, clock.pending]).toEqual([0, 0, 0]);
    expect(ended + bridge.metrics.refusals.length).toBe(sent);
    expect(commands.ran.splice(0).length).toBeGreaterThan(LIFE / 2);
    if (heapAtFirst === 0) heapAtFirst = heapBytes();
  }

  expect(heapBytes() - heapAtFirst).toBeLessThan(20_000_000);
  expect(new Set(bridge.metrics.commands.map(([, code]) => code))).toEqual(new Set([200, 400, 404, 422, 500]));
}, 300_000);
