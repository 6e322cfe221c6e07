/**
 * The receiving side, a process of its own: many subscribers that look at no more of a message than when it was due. Says `ready` when all
 * follow, and reports when each has all events, or nothing has come for a while.
 */
import { connect } from 'node:net';

import { root } from '../../../test/fixtures/bridge/bridge.ts';
import { STAMP_LENGTH } from './stamp.ts';

export interface ClientReport {
  readonly kind: 'report';
  readonly received: number;
  readonly missing: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const [mode, portText, subscribersText, eventsText] = process.argv.slice(2);
const [port, subscribers, events] = [Number(portText), Number(subscribersText), Number(eventsText)];
const MARK = Buffer.from('"subnet":"');
const READ_BYTES = 256 * 1024;
const CONNECT_AT_ONCE = 64;
const QUIET_MS = 5_000;
const BUCKETS_PER_MS = 10;
const LONGEST_MS = 60_000;

const latencies = new Uint32Array(LONGEST_MS * BUCKETS_PER_MS);
const counts = new Uint32Array(subscribers);
let received = 0;
let lastAt = 0;

const UPGRADE =
  'GET /qbo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** A short text as clients send it, masked with zeros. */
function request(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]), body]);
}

/** One subscriber; resolves when it follows. */
function subscribe(index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest: Buffer = Buffer.alloc(0);
    let isOpen = false;
    const take = (frame: Buffer): void => {
      const at = frame.indexOf(MARK);
      if (at === -1) {
        // An empty snapshot; of the plain broadcast there is none.
        if (frame.includes('"networks":[]')) resolve();
        return;
      }
      const start = at + MARK.length;
      const due = Number(frame.toString('latin1', start, start + STAMP_LENGTH));
      const now = performance.timeOrigin + performance.now();
      const bucket = Math.min(latencies.length - 1, Math.max(0, Math.floor((now - due) * BUCKETS_PER_MS)));
      latencies[bucket] = (latencies[bucket] ?? 0) + 1;
      counts[index] = (counts[index] ?? 0) + 1;
      received += 1;
      lastAt = now;
    };
    const frames = (bytes: Buffer): Buffer => {
      let at = 0;
      while (bytes.length - at >= 4) {
        const short = (bytes[at + 1] as number) & 127;
        const header = short === 126 ? 4 : 2;
        const size = short === 126 ? bytes.readUInt16BE(at + 2) : short;
        if (bytes.length - at < header + size) break;
        take(bytes.subarray(at + header, at + header + size));
        at += header + size;
      }
      return bytes.subarray(at);
    };
    const opened = (): void => {
      isOpen = true;
      if (mode === 'bridge') socket.write(request(JSON.stringify({ cmd: 'get networks -w', uuid: root.uuid })));
      else resolve();
    };
    const socket = connect({
      host: '127.0.0.1',
      port,
      onread: {
        buffer: Buffer.allocUnsafe(subscribers > 1_000 ? READ_BYTES / 4 : READ_BYTES),
        callback: (size, shared) => {
          const chunk = Buffer.from(shared.buffer, shared.byteOffset, size);
          let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
          if (!isOpen) {
            const end = bytes.indexOf('\r\n\r\n');
            if (end === -1) throw new Error(`Subscriber ${String(index)} was refused: ${bytes.toString()}`);
            bytes = bytes.subarray(end + 4);
            opened();
          }
          // What is left over is copied: the buffer is used again.
          rest = Buffer.from(frames(bytes));
          return true;
        },
      },
    });
    socket.once('error', reject);
    socket.write(UPGRADE);
  });
}

for (let first = 0; first < subscribers; first += CONNECT_AT_ONCE) {
  const count = Math.min(CONNECT_AT_ONCE, subscribers - first);
  await Promise.all(Array.from({ length: count }, (_, index) => subscribe(first + index)));
}
process.send?.({ kind: 'ready' });

function quantile(q: number): number {
  let below = 0;
  for (const [bucket, count] of latencies.entries()) {
    below += count;
    if (count > 0 && below >= q * received) return (bucket + 1) / BUCKETS_PER_MS;
  }
  return Number.NaN;
}

const watching = setInterval(() => {
  const now = performance.timeOrigin + performance.now();
  const isAll = received >= subscribers * events;
  if (!isAll && (lastAt === 0 || now - lastAt < QUIET_MS)) return;
  clearInterval(watching);
  const missing = counts.reduce((sum, count) => sum + Math.max(0, events - count), 0);
  const [p50Ms, p99Ms, maxMs] = [quantile(0.5), quantile(0.99), quantile(1)];
  process.send?.({ kind: 'report', received, missing, p50Ms, p99Ms, maxMs } satisfies ClientReport, () =>
    process.exit(0),
  );
}, 200);
