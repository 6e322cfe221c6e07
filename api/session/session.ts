import type { Caller } from '../caller.ts';
import { Batches } from '../mirror/batches.ts';
import { frameOf } from '../mirror/frame.ts';
import { Outbox } from '../mirror/outbox.ts';
import type { Member, Room } from '../mirror/room.ts';
import { DONE } from '../wire/codes.ts';
import type { Payload } from '../wire/message.ts';
import type { Request } from '../wire/request.ts';
import type { ClientRow } from '../wire/rows.ts';
import type { Bridge } from './bridge.ts';
import type { Particulars } from './envelopes.ts';
import { Exchange } from './exchange.ts';
import { echo, letterhead, type Letterhead } from './letterhead.ts';
import { readRequest } from './read-request.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a session needs of its websocket. */
export interface Wire {
  /** Whole frames. False: `drained` is to be called when it takes more. */
  write(frames: Buffer): boolean;
  /** Whether to read on. */
  pause(): void;
  resume(): void;
  ping(): void;
  /** Says goodbye, with a code of RFC 6455. */
  close(code: number, reason: string): void;
  /** Without a word. */
  terminate(): void;
}

export interface Connection {
  readonly wire: Wire;
  readonly caller: Caller;
  /** Address that it comes from. */
  readonly peer: string;
  /** What it says it is. */
  readonly agent: string;
  /** Number of the connection. */
  readonly number: number;
}

/** RFC 6455, and the registry that it made. */
export const CloseCode = { goingAway: 1001, policy: 1008, tooSlow: 1013 } as const;

/** After so many refusals in a row there is no use in answering. */
const MOST_REFUSALS = 100;
const LONGEST_AGENT = 256;

/** One socket, from its first to its last byte. Nothing that comes in makes any of its methods throw. */
export class Session {
  readonly caller: Caller;
  readonly member: Member;
  readonly room: Room;
  /** As the envelope shows the connection. */
  readonly wsi: string;
  readonly peer: string;
  readonly #bridge: Bridge;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #bucket: TokenBucket;
  readonly #exchanges = new Set<Exchange>();
  readonly #connectedAt: number;
  #refusals = 0;
  #heardAt: number;
  #isPinged = false;
  #isOpen = true;

  constructor(bridge: Bridge, connection: Connection) {
    const { clock, limits, flusher, metrics, mirrors } = bridge;
    this.#bridge = bridge;
    this.#connection = connection;
    this.caller = connection.caller;
    this.peer = connection.peer;
    this.wsi = `0x${connection.number.toString(16).padStart(12, '0')}`;
    this.#connectedAt = bridge.envelopes.timestamp();
    this.#heardAt = clock.monotonic();
    this.#bucket = new TokenBucket(clock, limits.messagesPerSecond, limits.messageBurst);
    this.#outbox = new Outbox({
      sink: connection.wire,
      flusher,
      limits,
      onFull: (isFull) => {
        if (isFull) connection.wire.pause();
        else connection.wire.resume();
      },
      onOverflow: () => {
        this.end(CloseCode.tooSlow, 'Answers are not read');
      },
      onDropped: (messages) => {
        metrics.dropped(messages);
      },
    });
    this.member = {
      outbox: this.#outbox,
      log: {
        recover: (dropped) => {
          this.#tellLoss(dropped);
        },
      },
    };
    this.room = mirrors.room(this.caller.uuid);
    this.room.join(this.member);
    bridge.clients.add(this);
  }

  get commands(): number {
    return this.#exchanges.size;
  }

  /** Bytes that wait for it. */
  get queued(): number {
    return this.#outbox.size;
  }

  /** Reads nothing, so that there is no use in writing. */
  get isBlocked(): boolean {
    return this.#outbox.isBlocked;
  }

  /** A message has come. */
  receive(data: Buffer): void {
    this.heard();
    if (!this.#isOpen) return;
    try {
      this.#take(data);
    } catch (error) {
      this.#bridge.log.error('A message could not be dealt with', { user: this.caller.name, wsi: this.wsi, error });
      this.end(1011, 'Internal error');
    }
  }

  /** Any sign of life. */
  heard(): void {
    this.#heardAt = this.#bridge.clock.monotonic();
    this.#isPinged = false;
  }

  /** The socket takes more to write. */
  drained(): void {
    this.#outbox.drained();
  }

  /** To be called now and then: pings who is silent, and ends who stays so. */
  look(): void {
    const silentMs = this.#bridge.clock.monotonic() - this.#heardAt;
    const { idleMs } = this.#bridge.limits;
    if (silentMs >= 2 * idleMs) {
      this.#connection.wire.terminate();
      this.closed();
    } else if (silentMs >= idleMs && !this.#isPinged) {
      this.#isPinged = true;
      this.#connection.wire.ping();
    }
  }

  /** Closes it from our side. */
  end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    // What was said before is heard before the goodbye, as far as the socket takes it.
    this.#outbox.flush(new Batches());
    this.#connection.wire.close(code, reason);
    this.closed();
  }

  /** It is closed, whoever did it. Can be told again. */
  closed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // Before the others are told: nothing is written to it any more.
    this.#outbox.close();
    for (const exchange of this.#exchanges) exchange.abandon();
    this.room.leave(this.member);
    this.#bridge.clients.remove(this);
  }

  row(): ClientRow {
    const [exchange] = this.#exchanges;
    return {
      timestamp: this.#connectedAt,
      user: this.caller.email,
      mirror: this.caller.uuid,
      control: 0,
      address: this.peer,
      agent: this.#connection.agent.slice(0, LONGEST_AGENT),
      command: exchange?.line ?? '',
      command_id: exchange?.id ?? '',
      process_id: this.#bridge.processId,
      thread_id: this.#connection.number,
      wsi: this.wsi,
      wss_over_h2: 0,
      host: this.#bridge.host,
    };
  }

  #take(data: Buffer): void {
    const read = readRequest(data);
    const request = 'request' in read ? read.request : undefined;
    const { commandsPerSocket, commandsPerUser } = this.#bridge.limits;
    if (!this.#bucket.take()) {
      this.#refuse(429, 'Too many messages at once: wait a second and send it again.', request);
    } else if ('problem' in read) {
      this.#refuse(400, read.problem);
    } else if (this.#exchanges.size >= commandsPerSocket || this.room.commands >= commandsPerUser) {
      this.#refuse(429, 'Too many commands are in flight: wait for one to end, or close a watch.', request);
    } else {
      this.#accept(read.request);
    }
  }

  #accept(request: Request): void {
    const id = request.id ?? this.#bridge.randomUuid();
    if (this.room.begin(id)) {
      this.#refusals = 0;
      this.#begin(new Exchange(this.#bridge, this, { ...request, id }));
      return;
    }
    // Not under that id: whoever waits for the other command would take this for its end.
    const { cmd, uuid } = request;
    this.#refuse(409, `The id ${id} belongs to a command that is in flight: send another one, or none.`, { cmd, uuid });
  }

  #begin(exchange: Exchange): void {
    this.#exchanges.add(exchange);
    void exchange.run().finally(() => {
      this.#exchanges.delete(exchange);
      this.room.end(exchange.id);
    });
  }

  /** Says no to what is no command: to this socket alone, because it may come from anything. */
  #refuse(code: number, message: string, request?: Request): void {
    this.#bridge.metrics.refused(code);
    this.#refusals += 1;
    if (this.#refusals > MOST_REFUSALS) {
      this.end(CloseCode.policy, 'Too many messages that are no commands');
      return;
    }
    const head = letterhead(this, {
      command_id: request?.id ?? this.#bridge.randomUuid(),
      command_line: echo(request?.cmd ?? ''),
      uuid: request?.uuid ?? this.caller.uuid,
    });
    this.#tell({ output: [{ message }] }, head, { code });
    this.#tell({ output: [{ message: 'command refused' }] }, head, { ...DONE, code });
  }

  #tellLoss(dropped: number): void {
    this.#bridge.metrics.resynced();
    const message =
      `This connection reads too slowly: ${String(dropped)} messages about commands of other connections were left out. ` +
      'What they did is to be seen with get.';
    const head = letterhead(this, {
      command_id: this.#bridge.randomUuid(),
      command_line: echo(''),
      uuid: this.caller.uuid,
    });
    this.#tell({ output: [{ message }] }, head, { resync: true });
  }

  #tell(payload: Payload, head: Letterhead, particulars: Particulars): void {
    this.#outbox.own(frameOf(this.#bridge.envelopes.encode(payload, head, particulars)));
  }
}
