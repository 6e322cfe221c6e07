import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import type { Commands } from '../commands/index.ts';
import type { Flusher } from '../mirror/flusher.ts';
import type { Mirrors } from '../mirror/mirrors.ts';
import type { Clients } from './clients.ts';
import type { Envelopes } from './envelopes.ts';
import type { Limits } from './limits.ts';
import type { BridgeMetrics } from './metrics.ts';

/** What all sockets share. */
export interface Bridge {
  readonly clock: Clock;
  readonly log: Logger;
  readonly commands: Commands;
  readonly mirrors: Mirrors;
  readonly clients: Clients;
  readonly flusher: Flusher;
  readonly envelopes: Envelopes;
  readonly metrics: BridgeMetrics;
  readonly limits: Limits;
  readonly host: string;
  readonly processId: number;
  /** The next number of a command, from 1 on. */
  readonly nextThread: () => number;
  readonly randomUuid: () => string;
}
