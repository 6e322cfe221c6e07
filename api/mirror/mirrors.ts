import { Room } from './room.ts';

/** All rooms in which somebody is, or to which somebody may come back. */
export class Mirrors {
  readonly #rooms = new Map<string, Room>();

  get streams(): number {
    let count = 0;
    for (const { streams } of this.#rooms.values()) count += streams;
    return count;
  }

  /** The room of that user, made when there is none. Join it before anything else can happen. */
  room(uuid: string): Room {
    let room = this.#rooms.get(uuid);
    if (room === undefined) {
      room = new Room(uuid, () => this.#rooms.delete(uuid));
      this.#rooms.set(uuid, room);
    }
    return room;
  }

  /** How many sockets a user has. */
  sockets(uuid: string): number {
    return this.#rooms.get(uuid)?.sockets ?? 0;
  }

  /** Ends all streams. */
  close(): void {
    for (const room of [...this.#rooms.values()]) room.close();
  }
}
