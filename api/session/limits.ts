import type { OutboxLimits } from '../mirror/outbox.ts';
import type { RingLimits } from '../mirror/ring.ts';

/** What one socket, one user and all of them may ask of the bridge. */
export interface Limits extends OutboxLimits {
  /** Longest message that is read; a longer one closes the socket (1009). */
  readonly messageBytes: number;
  /** Messages a second of one socket, in the long run and at once; more are refused (429), and very many more close the socket (1008). */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Commands in flight, watches included; more are refused (429). */
  readonly commandsPerSocket: number;
  readonly commandsPerUser: number;
  /** More are refused before they are one: 429, and 503. */
  readonly socketsPerUser: number;
  readonly sockets: number;
  /** A socket that gives no sign of life for as long is pinged, and closed when it is silent as long again. */
  readonly idleMs: number;
  /** A request, and who asks, must be known by then. */
  readonly handshakeMs: number;
  readonly headerBytes: number;
  /** What streams remember for those who come back. */
  readonly ring: RingLimits;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_LIMITS: Limits = {
  messageBytes: 64 * KIB,
  messagesPerSecond: 50,
  messageBurst: 100,
  commandsPerSocket: 32,
  commandsPerUser: 128,
  socketsPerUser: 64,
  sockets: 4096,
  idleMs: 30_000,
  handshakeMs: 10_000,
  headerBytes: 16 * KIB,
  queueMessages: 1024,
  queueBytes: MIB,
  pauseBytes: MIB,
  replyBytes: 32 * MIB,
  ring: { messages: 1024, bytes: 4 * MIB, ageMs: 60_000 },
};
