import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Caller } from '../caller.ts';
import type { Holder } from './directory.ts';

interface Grant {
  readonly holder: Holder;
  /** As it is now; undefined when it is void. */
  readonly look: () => Holder | undefined;
  readonly end: AbortController;
}

/** A thousand Users that change one after the other are one look at those who are in. */
const REVIEW_AFTER_MS = 100;

/**
 * Who was let in, by what they came with, for as long as that is good. There are as many as there are accounts and
 * sessions in use: all sockets that came with one share it.
 */
export class Grants {
  readonly #clock: Clock;
  readonly #grants = new Map<string, Grant>();
  #cancel = (): void => undefined;
  #isDue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The one caller of a credential, which `look` finds out anew at every change. */
  give(id: string, look: () => Holder | undefined): Caller | undefined {
    const holder = look();
    const known = this.#grants.get(id);
    if (known !== undefined && isSame(known.holder, holder)) return known.holder.caller;
    if (known !== undefined) this.#end(id, known);
    if (holder === undefined) return undefined;
    this.#grants.set(id, { holder, look, end: new AbortController() });
    this.#watchTheClock();
    return holder.caller;
  }

  /** Aborts when the caller is no more whom they were let in as. Of one who was never let in, it has aborted. */
  lifetime(caller: Caller): AbortSignal {
    const grant = [...this.#grants.values()].find(({ holder }) => holder.caller === caller);
    return grant?.end.signal ?? AbortSignal.abort(new Error('This caller has not come in, or is out again'));
  }

  /** Something has changed: looks at all of them in a moment, once for whatever else changes until then. */
  reviewSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#clock.after(REVIEW_AFTER_MS, () => {
      this.#isDue = false;
      this.#review();
    });
  }

  /** Looks at all of them, and ends those that are void. */
  #review(): void {
    for (const [id, grant] of this.#grants) if (!isSame(grant.holder, grant.look())) this.#end(id, grant);
    this.#watchTheClock();
  }

  /** Ends all of them, and looks no more. */
  close(): void {
    for (const [id, grant] of this.#grants) this.#end(id, grant);
    this.#cancel();
  }

  #end(id: string, { end }: Grant): void {
    this.#grants.delete(id);
    end.abort(new Error('What this caller came in with is void: it was revoked, changed, or has expired'));
  }

  #watchTheClock(): void {
    this.#cancel();
    const next = Math.min(...[...this.#grants.values()].map(({ holder }) => holder.endsAt));
    if (next === Infinity) this.#cancel = () => undefined;
    else
      this.#cancel = this.#clock.after(next - this.#clock.now(), () => {
        this.#review();
      });
  }
}

/** Another role, namespace or end makes it another: whoever comes in by it again gets the new one. */
const isSame = (before: Holder, now: Holder | undefined): boolean => isDeepStrictEqual(before, now);
