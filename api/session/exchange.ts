import { asError } from '../../controllers/runtime/thrown.ts';
import type { More, Reply } from '../commands/index.ts';
import { Failure } from '../failure.ts';
import { frameOf } from '../mirror/frame.ts';
import { Stream, type Mark, type Subscriber } from '../mirror/stream.ts';
import { codesOf, DONE } from '../wire/codes.ts';
import { CommandError, parseCommand, type Command } from '../wire/command.ts';
import type { Payload } from '../wire/message.ts';
import type { Request } from '../wire/request.ts';
import type { Bridge } from './bridge.ts';
import type { Particulars } from './envelopes.ts';
import { echo, NO_CODES, subcommandOf, type Letterhead } from './letterhead.ts';
import type { Session } from './session.ts';

/** The socket was closed before the command ended. As nginx has it; only others in the mirror see it. */
const CLOSED = { code: 499, status: 'Client Closed Request' } as const;
const OK = { code: 200 } as const;

/** What an output may hold that a whole mirror may see; whatever else is in one makes it private. */
const PUBLIC_FIELDS: ReadonlySet<string> = new Set(['message', 'stream', 'size']);

/** The life of one command: accepted, begun, its data, its end. */
export class Exchange {
  readonly id: string;
  /** As it is echoed. */
  line: string;
  readonly #bridge: Bridge;
  readonly #session: Session;
  readonly #request: Request;
  readonly #stop = new AbortController();
  readonly #thread: number;
  readonly #startedAt: number;
  #codes: Pick<Letterhead, 'command' | 'subcommand' | 'apicommand'> = NO_CODES;

  constructor(bridge: Bridge, session: Session, request: Request & { readonly id: string }) {
    this.id = request.id;
    this.line = echo(request.cmd);
    this.#bridge = bridge;
    this.#session = session;
    this.#request = request;
    this.#thread = bridge.nextThread();
    this.#startedAt = bridge.clock.monotonic();
  }

  /** Nobody listens any more. */
  abandon(): void {
    this.#stop.abort(new Error('The socket is closed'));
  }

  /** Never rejects. */
  async run(): Promise<void> {
    let command: Command | undefined;
    let end: Pick<Particulars, 'code' | 'status'> = OK;
    try {
      command = parseCommand(this.#request.cmd);
      this.#codes = codesOf(command);
      this.line = command.line;
      this.#say({ input: [{ message: 'command accepted' }] }, { code: 202 });
      if (command.verb === 'get' && command.options.watch === true) await this.#watch(command);
      else await this.#run(command);
    } catch (thrown) {
      end = this.#fail(thrown, command);
    }
    const seconds = (this.#bridge.clock.monotonic() - this.#startedAt) / 1000;
    const message = `thread ${String(this.#thread)} terminated in ${seconds.toFixed(6)}s`;
    this.#say({ output: [{ message }] }, { ...DONE, ...end });
    this.#account(command, end.code ?? 200, seconds);
  }

  async #run(command: Command): Promise<void> {
    this.#say(this.#begun(), { code: 201 });
    const reply: Reply = {
      send: (payload, more = {}) => {
        if (!this.#stop.signal.aborted) this.#send(payload, more);
      },
    };
    await this.#bridge.commands.run(command, this.#session.caller, reply, this.#stop.signal);
    this.#stop.signal.throwIfAborted();
  }

  /** Until the socket is closed, or the right to see it is gone. */
  async #watch(command: Command): Promise<void> {
    const stream = await this.#streamOf(command);
    const { promise: end, reject } = Promise.withResolvers<never>();
    const subscriber: Subscriber = {
      outbox: this.#session.member.outbox,
      encode: (payload, mark) => this.#encode(payload, { ...subcommandOf(payload), ...mark }),
      ended: reject,
      resynced: () => {
        this.#bridge.metrics.resynced();
      },
    };
    const closed = (): void => {
      stream.leave(subscriber);
      reject(this.#stop.signal.reason as Error);
    };
    this.#say({ output: [{ message: this.#begunMessage(), stream: stream.id }] }, { code: 201 });
    stream.subscribe(subscriber, this.#request.resume);
    this.#stop.signal.addEventListener('abort', closed, { once: true });
    await end;
  }

  async #streamOf(command: Command): Promise<Stream> {
    const { commands, clock, limits, randomUuid } = this.#bridge;
    const { caller, room } = this.#session;
    const stop = new AbortController();
    const giveUp = (): void => {
      stop.abort(this.#stop.signal.reason);
    };
    this.#stop.signal.addEventListener('abort', giveUp, { once: true });
    const watch = await commands.watch(command, caller, stop.signal);
    this.#stop.signal.removeEventListener('abort', giveUp);
    this.#stop.signal.throwIfAborted();
    let isNew = false;
    const stream = room.stream(watch.key, (onEnd) => {
      isNew = true;
      const id = randomUuid();
      const shared = { command_id: id, uuid: caller.uuid };
      const encode = (payload: Payload, mark: Mark): string =>
        this.#encode(payload, { ...shared, ...subcommandOf(payload), ...mark });
      return new Stream({ id, watch, stop, clock, limits: limits.ring, encode, onEnd });
    });
    // Others watch the same already: theirs is followed, and this one is not needed.
    if (!isNew) stop.abort(new Error('Another stream shows the same'));
    return stream;
  }

  #fail(thrown: unknown, command: Command | undefined): Pick<Particulars, 'code' | 'status'> {
    if (this.#stop.signal.aborted) return CLOSED;
    const { code, message } = this.#failureOf(thrown, command);
    this.#say({ output: [{ message }] }, { code });
    return { code };
  }

  #failureOf(thrown: unknown, command: Command | undefined): { readonly code: number; readonly message: string } {
    if (thrown instanceof Failure || thrown instanceof CommandError) {
      const cause = thrown.cause;
      if (cause !== undefined) this.#log('Command failed', { code: thrown.code, error: asError(cause) });
      return { code: thrown.code, message: thrown.message };
    }
    this.#log('Command failed for a reason that nobody thought of', { verb: command?.verb, error: asError(thrown) });
    const message = `The bridge could not do this, and it is not your fault. Its log says why: look for ${this.id}.`;
    return { code: 500, message };
  }

  #log(message: string, fields: object): void {
    this.#bridge.log.warn(message, { command_id: this.id, user: this.#session.caller.name, ...fields });
  }

  #send(payload: Payload, { private: isPrivate, ...more }: More): void {
    if ('output' in payload && isPrivate !== true && payload.output.every(isPublic)) {
      this.#say(payload, more);
      return;
    }
    const particulars = { ...subcommandOf(payload), ...more };
    this.#session.member.outbox.own(frameOf(this.#encode(this.#marked(payload), particulars)));
  }

  /** To the whole mirror. */
  #say(payload: Payload, particulars: Particulars): void {
    this.#session.room.say(frameOf(this.#encode(payload, particulars)), this.#session.member);
  }

  /** In the list of sockets, the one that asks is marked. */
  #marked(payload: Payload): Payload {
    if (!('clients' in payload)) return payload;
    const { wsi } = this.#session;
    return { clients: payload.clients.map((row) => (row.wsi === wsi ? { ...row, control: 1 } : row)) };
  }

  #begun(): Payload {
    return { output: [{ message: this.#begunMessage() }] };
  }

  #begunMessage(): string {
    return `thread ${String(this.#thread)} started`;
  }

  #encode(payload: Payload, particulars: Particulars): string {
    const { caller, peer, wsi } = this.#session;
    const head: Letterhead = {
      command_id: this.id,
      command_line: this.line,
      ...this.#codes,
      uuid: this.#request.uuid,
      user: caller.email,
      peer,
      wsi,
      thread_id: this.#thread,
    };
    return this.#bridge.envelopes.encode(payload, head, particulars);
  }

  #account(command: Command | undefined, code: number, seconds: number): void {
    const { verb = 'none', object } = command ?? {};
    // A watch takes as long as somebody looks.
    if (command?.options.watch !== true) this.#bridge.metrics.ended(verb, code, seconds);
    const { caller, wsi } = this.#session;
    this.#bridge.log.info('Command ended', {
      command_id: this.id,
      user: caller.name,
      wsi,
      verb,
      object,
      code,
      seconds,
    });
  }
}

const isPublic = (row: object): boolean => Object.keys(row).every((field) => PUBLIC_FIELDS.has(field));
