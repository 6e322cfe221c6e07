import type { Feed, Outbox } from './outbox.ts';
import type { Stream } from './stream.ts';

/** One socket in a room. */
export interface Member {
  readonly outbox: Outbox;
  /** The log as this socket gets it: what to say when it could not keep up. */
  readonly log: Feed;
}

/** A user's mirror: all their sockets, the log of what they do, and the streams that they follow. */
export class Room {
  readonly uuid: string;
  readonly #members = new Set<Member>();
  readonly #streams = new Map<string, Stream>();
  /** Ids of commands in flight. */
  readonly #commands = new Set<string>();
  readonly #onEmpty: () => void;

  constructor(uuid: string, onEmpty: () => void) {
    this.uuid = uuid;
    this.#onEmpty = onEmpty;
  }

  get sockets(): number {
    return this.#members.size;
  }

  get commands(): number {
    return this.#commands.size;
  }

  get streams(): number {
    return this.#streams.size;
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    this.#members.delete(member);
    this.#tellEmpty();
  }

  /** A message for everybody. Who caused it may not miss it. */
  say(frame: Buffer, from: Member): void {
    for (const member of this.#members) {
      if (member === from) member.outbox.own(frame);
      else member.outbox.feed(member.log, frame);
    }
  }

  /** False: a command of this id is in flight, or a stream has it. */
  begin(commandId: string): boolean {
    const isStream = [...this.#streams.values()].some(({ id }) => id === commandId);
    if (isStream || this.#commands.has(commandId)) return false;
    this.#commands.add(commandId);
    return true;
  }

  end(commandId: string): void {
    this.#commands.delete(commandId);
  }

  /** The stream of that key, made by `open` when there is none. */
  stream(key: string, open: (onEnd: () => void) => Stream): Stream {
    const present = this.#streams.get(key);
    if (present !== undefined) return present;
    const stream = open(() => {
      this.#streams.delete(key);
      this.#tellEmpty();
    });
    this.#streams.set(key, stream);
    return stream;
  }

  /** Nobody is here any more, and nobody will come. */
  close(): void {
    for (const stream of [...this.#streams.values()]) stream.end(undefined);
  }

  #tellEmpty(): void {
    if (this.#members.size === 0 && this.#streams.size === 0) this.#onEmpty();
  }
}
