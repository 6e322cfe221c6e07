import type { Caller } from '../caller.ts';
import type { ClientRow } from '../wire/rows.ts';
import type { Session } from './session.ts';

/** Every socket that is connected: what `get clients` shows. */
export class Clients {
  readonly #sessions = new Set<Session>();

  get size(): number {
    return this.#sessions.size;
  }

  add(session: Session): void {
    this.#sessions.add(session);
  }

  remove(session: Session): void {
    this.#sessions.delete(session);
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#sessions[Symbol.iterator]();
  }

  /** Those that the caller may know of: all for an administrator, their own for others. `control` is 0: no socket asks by itself. */
  rows(caller: Caller): ClientRow[] {
    const visible = [...this.#sessions].filter((session) => caller.isAdmin || session.caller.uuid === caller.uuid);
    return visible.map((session) => session.row());
  }
}
