import type { Clock } from '../../controllers/runtime/clock.ts';
import { encode } from '../wire/encode.ts';
import type { Envelope, Payload } from '../wire/message.ts';
import { statusOf } from '../wire/status.ts';
import type { Letterhead } from './letterhead.ts';

/** What one message says differently, or besides. */
export type Particulars = Partial<
  Pick<
    Envelope,
    | 'code'
    | 'status'
    | 'command'
    | 'subcommand'
    | 'apicommand'
    | 'callback'
    | 'command_id'
    | 'uuid'
    | 'sequence'
    | 'resync'
    | 'source'
  >
>;

/** The bridge's name for itself among virtual hosts, of which it has one. */
const VHOST = 'proxy';

/** Writes messages. No two have the same timestamp, and a later one has a later one, so that they can be sorted. */
export class Envelopes {
  readonly #clock: Clock;
  readonly #host: string;
  readonly #agent: string;
  #last = 0;

  /** @param agent name and version of the bridge, such as `qbo-thread/api:0.1.0`. */
  constructor(clock: Clock, { host, agent }: { readonly host: string; readonly agent: string }) {
    this.#clock = clock;
    this.#host = host;
    this.#agent = agent;
  }

  /** Microseconds since 1970. */
  timestamp(): number {
    this.#last = Math.max(this.#last + 1, Math.round(this.#clock.now() * 1000));
    return this.#last;
  }

  encode(payload: Payload, head: Letterhead, particulars: Particulars = {}): string {
    const code = particulars.code ?? 200;
    return encode(payload, {
      source: 'api/session',
      ...head,
      ...particulars,
      code,
      status: particulars.status ?? statusOf(code),
      timestamp: this.timestamp(),
      agent: this.#agent,
      host: this.#host,
      vhost: VHOST,
    });
  }
}
