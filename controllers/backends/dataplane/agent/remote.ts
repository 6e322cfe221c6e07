import { DataplaneUnavailable } from '../../../../crds/errors.ts';
import { Feed } from '../../memory/feed.ts';
import type { Applied, Capabilities, Dataplane, Desired, Observed } from '../../dataplane.ts';
import { answerSchema, appliedFrom, capabilitiesFrom, observedFrom, VERSION } from './messages.ts';
import type { Answer, Method } from './messages.ts';

/** An open way to the helper. */
export interface Channel {
  readonly lines: AsyncIterable<string>;
  send(line: string): void;
  close(): void;
}

/** Opens one, making the helper first where it is not there. Throws when it can not. */
export type OpenChannel = (signal: AbortSignal) => Promise<Channel>;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A dataplane that is reached through a helper. One channel serves everybody; it is opened when it is needed, and anew when it broke. */
export class RemoteDataplane implements Dataplane {
  readonly #open: OpenChannel;
  #session: Promise<Session> | undefined;

  constructor(open: OpenChannel) {
    this.#open = open;
  }

  async describe(signal: AbortSignal): Promise<Capabilities> {
    return capabilitiesFrom(await this.#ask('describe', {}, signal));
  }

  async read(signal: AbortSignal): Promise<Observed> {
    return observedFrom(await this.#ask('read', {}, signal));
  }

  async apply(desired: Desired, signal: AbortSignal): Promise<Applied> {
    return appliedFrom(await this.#ask('apply', { desired }, signal));
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void, void, undefined> {
    const session = await this.#connected(signal);
    for await (const _ of session.changed.listen(AbortSignal.any([signal, session.ended]))) yield;
    signal.throwIfAborted();
  }

  /** Lets go of the helper, which goes on being there. */
  close(): void {
    this.#session?.then(
      (session) => {
        session.close();
      },
      () => undefined,
    );
    this.#session = undefined;
  }

  async #ask(method: Method, parameters: object, signal: AbortSignal): Promise<unknown> {
    const session = await this.#connected(signal);
    return session.ask(method, parameters, signal);
  }

  async #connected(signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted();
    const current = (this.#session ??= this.#start(signal));
    try {
      return await current;
    } catch (error) {
      if (this.#session === current) this.#session = undefined;
      signal.throwIfAborted();
      throw error;
    }
  }

  async #start(signal: AbortSignal): Promise<Session> {
    const session = new Session(await this.#open(signal));
    session.ended.addEventListener('abort', () => {
      this.#session = undefined;
    });
    await session.greeted;
    return session;
  }
}

/** One channel from its opening to its end. */
class Session {
  readonly changed = new Feed();
  readonly #channel: Channel;
  readonly #waiting = new Map<number, Waiting>();
  readonly #end = new AbortController();
  readonly #greeting = Promise.withResolvers<void>();
  #last = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
    // Whoever waits is told; nobody waiting is no failure.
    this.#greeting.promise.catch(() => undefined);
    void this.#listen();
  }

  get ended(): AbortSignal {
    return this.#end.signal;
  }

  get greeted(): Promise<void> {
    return this.#greeting.promise;
  }

  close(): void {
    this.#finish('the way to it was closed');
  }

  async ask(method: Method, parameters: object, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    if (this.ended.aborted) throw this.ended.reason as Error;
    const id = ++this.#last;
    const answered = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answered);
    const abort = (): void => {
      answered.reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      this.#channel.send(JSON.stringify({ id, method, ...parameters }));
      return await answered.promise;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#waiting.delete(id);
    }
  }

  async #listen(): Promise<void> {
    try {
      for await (const line of this.#channel.lines) this.#hear(answerSchema.parse(JSON.parse(line)));
      this.#finish('its helper ended');
    } catch (error) {
      this.#finish(error instanceof Error ? error.message : String(error));
    }
  }

  #hear(answer: Answer): void {
    if ('hello' in answer) {
      if (answer.hello === VERSION) this.#greeting.resolve();
      else this.#finish(`its helper speaks version ${String(answer.hello)}, and ${String(VERSION)} is needed`);
    } else if ('event' in answer) this.changed.emit('changed');
    else if ('error' in answer) this.#waiting.get(answer.id)?.reject(new DataplaneUnavailable({ why: answer.error }));
    else this.#waiting.get(answer.id)?.resolve(answer.result);
  }

  #finish(why: string): void {
    if (this.ended.aborted) return;
    const error = new DataplaneUnavailable({ why });
    this.#channel.close();
    this.#greeting.reject(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#end.abort(error);
  }
}
