/**
 * The sending side, a process of its own: our bridge, or a plain broadcast over `ws` of the same bytes. Says `listening` with its port,
 * and sends `events` events, one every `everyMs`, when it is told `start`.
 */
import { WebSocketServer, type WebSocket } from 'ws';
import type { AddressInfo } from 'node:net';

import { Envelopes } from '../../../api/session/envelopes.ts';
import type { Payload } from '../../../api/wire/message.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { root } from '../../../test/fixtures/bridge/bridge.ts';
import { startBridge } from '../../../test/fixtures/bridge/running-bridge.ts';
import { ScriptedCommands, ScriptedWatch } from '../../../test/fixtures/bridge/scripted-commands.ts';
import { stamp } from './stamp.ts';

export interface Start {
  readonly events: number;
  readonly everyMs: number;
}

export type ServerMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'sent'; readonly dropped: number; readonly resyncs: number; readonly rssMiB: number };

const tell = (message: ServerMessage): void => {
  process.send?.(message);
};

/** What changes with each event is when it was due: 16 digits, of a clock that all processes of this machine share. */
const event = (dueMs: number): Payload => ({
  networks: [{ name: 'dev', id: root.uuid, subnet: stamp(dueMs), state: 'ready', user: root.email }],
});

const MANY = 1_000_000;

async function bridge(): Promise<(payload: Payload) => void> {
  const commands = new ScriptedCommands();
  const watch = new ScriptedWatch('networks', [{ networks: [] }]);
  commands.watched = () => watch;
  const limits = {
    sockets: MANY,
    socketsPerUser: MANY,
    commandsPerUser: MANY,
    messagesPerSecond: MANY,
    messageBurst: MANY,
  };
  const running = await startBridge(commands, { limits });
  running.authenticator.identify = async (cookie) => (cookie === undefined ? root : { ...root, uuid: cookie });
  state = () => ({ dropped: running.bridge.metrics.droppedMessages, resyncs: running.bridge.metrics.resyncs });
  tell({ kind: 'listening', port: running.port });
  return (payload) => {
    watch.push(payload);
  };
}

async function plain(): Promise<(payload: Payload) => void> {
  const sockets = new Set<WebSocket>();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, clientTracking: false });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.once('listening', resolve));
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port });
  const envelopes = new Envelopes(new SystemClock(), { host: 'bridge.test', agent: 'qbo-thread/test' });
  const head = {
    command_id: root.uuid,
    command_line: 'qbo get networks -w',
    command: 'CMD_GET',
    subcommand: 'SUBCMD_NETWORK',
    apicommand: 'APICMD_NONE',
    uuid: root.uuid,
    user: root.email,
    peer: '127.0.0.1',
    wsi: '0x000000000001',
    thread_id: 1,
  };
  let sequence = 0;
  return (payload) => {
    sequence += 1;
    const bytes = Buffer.from(envelopes.encode(payload, head, { sequence }));
    for (const socket of sockets) socket.send(bytes, { binary: false });
  };
}

let state = (): { dropped: number; resyncs: number } => ({ dropped: 0, resyncs: 0 });
const send = await (process.argv[2] === 'bridge' ? bridge() : plain());

process.on('message', ({ events, everyMs }: Start) => {
  const startedAt = performance.timeOrigin + performance.now() + everyMs;
  let sent = 0;
  const timer = setInterval(
    () => {
      // What was due while this process was busy is late, and is counted as late.
      for (
        let due = startedAt + sent * everyMs;
        due <= performance.timeOrigin + performance.now() && sent < events;
        due += everyMs
      ) {
        send(event(due));
        sent += 1;
      }
      if (sent < events) return;
      clearInterval(timer);
      setTimeout(() => {
        tell({ kind: 'sent', ...state(), rssMiB: process.memoryUsage().rss / 2 ** 20 });
      }, 2_000);
    },
    Math.min(everyMs, 5),
  );
});
