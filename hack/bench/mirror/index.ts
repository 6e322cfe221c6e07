/** A mirror with many subscribers beside a plain broadcast over `ws` of the same bytes; and how many commands a second there can be. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { figures, rounded, type Figure, type Results } from '../report.ts';
import { commandRate } from './command-rate.ts';
import type { ClientReport } from './client.ts';
import type { ServerMessage, Start } from './server.ts';

const EVERY_MS = 10;
const SECONDS = 10;
const EVENTS = (SECONDS * 1000) / EVERY_MS;

type Mode = 'bridge' | 'plain';
type Sent = Extract<ServerMessage, { kind: 'sent' }>;
interface Round extends ClientReport, Omit<Sent, 'kind'> {}

export async function benchMirror(subscribers: number): Promise<Results> {
  const plain = await round('plain', subscribers);
  const bridge = await round('bridge', subscribers);
  const ours: Figure[] = [
    { name: 'p50, ours', value: bridge.p50Ms, unit: 'ms' },
    { name: 'p99, ours', value: bridge.p99Ms, unit: 'ms', target: 100 },
    { name: 'p50, plain ws', value: plain.p50Ms, unit: 'ms' },
    { name: 'p99, plain ws', value: plain.p99Ms, unit: 'ms' },
    { name: 'p50, ratio', value: bridge.p50Ms / plain.p50Ms, unit: '', target: 1.3 },
    { name: 'p99, ratio', value: bridge.p99Ms / plain.p99Ms, unit: '', target: 1.3 },
    // What a socket was too slow for is told to it, and it is given everything anew.
    { name: 'silently lost', value: Math.max(0, bridge.missing - bridge.dropped), unit: 'messages', target: 1 },
    { name: 'resyncs', value: bridge.resyncs, unit: '' },
    { name: 'memory of the bridge', value: bridge.rssMiB, unit: 'MiB' },
    { name: 'memory of plain ws', value: plain.rssMiB, unit: 'MiB' },
  ];
  const title = `${String(subscribers)} subscribers, ${String(1000 / EVERY_MS)} events a second, from due to read:`;
  process.stdout.write(`${figures(title, ours)}\n\n`);
  return { mirror: { subscribers, ...numbers(ours) } };
}

export async function benchCommandRate(): Promise<Results> {
  const server = fork(join(import.meta.dirname, 'server.ts'), ['bridge']);
  try {
    const { port } = await message<Extract<ServerMessage, { kind: 'listening' }>>(server, 'listening');
    const all: Figure[] = [
      { name: 'one socket, one after the other', value: await commandRate(port, 1, 1), unit: '/s' },
      { name: 'one socket, 16 at once', value: await commandRate(port, 1, 16), unit: '/s' },
      { name: '100 sockets of as many users', value: await commandRate(port, 100, 4), unit: '/s' },
    ];
    process.stdout.write(`${figures('Commands that do nothing, from request to CMD_DONE:', all)}\n\n`);
    return { command_rate: numbers(all) };
  } finally {
    await end(server);
  }
}

async function round(mode: Mode, subscribers: number): Promise<Round> {
  const server = fork(join(import.meta.dirname, 'server.ts'), [mode]);
  let client: ChildProcess | undefined;
  try {
    const { port } = await message<Extract<ServerMessage, { kind: 'listening' }>>(server, 'listening');
    const args = [mode, port, subscribers, EVENTS].map(String);
    client = fork(join(import.meta.dirname, 'client.ts'), args);
    await message(client, 'ready');
    const sent = message<Sent>(server, 'sent');
    const report = message<ClientReport>(client, 'report');
    server.send({ events: EVENTS, everyMs: EVERY_MS } satisfies Start);
    const [{ dropped, resyncs, rssMiB }, received] = await Promise.all([sent, report]);
    return { ...received, dropped, resyncs, rssMiB };
  } finally {
    if (client !== undefined) await end(client);
    await end(server);
  }
}

/** The next message of that kind; rejects when the process ends before. */
function message<T extends { readonly kind: string }>(child: ChildProcess, kind: T['kind']): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      reject(
        new Error(
          `${child.spawnfile} ${child.spawnargs.slice(1).join(' ')} ended with ${String(code)} before it said ${kind}`,
        ),
      );
    };
    child.once('exit', ended);
    child.on('message', (said: T) => {
      if (said.kind !== kind) return;
      child.off('exit', ended);
      resolve(said);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const numbers = (all: readonly Figure[]): Record<string, number> =>
  Object.fromEntries(all.map(({ name, value, unit }) => [`${name} ${unit}`.trim(), rounded(value)]));
