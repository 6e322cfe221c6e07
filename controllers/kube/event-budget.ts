import type { Clock } from '../runtime/clock.ts';

/** What an event is about, and what it says. */
export interface EventIdentity {
  /** The object: kind and uid. */
  readonly object: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** `new`: an event of its own. `combined`: one more of many that differ only in their message. `none`: too many. */
export type Allowance = 'new' | 'combined' | 'none';

/** So many messages of one reason may differ within the window; the others are counted together. */
const MAX_MESSAGES = 10;
const WINDOW_MS = 10 * 60_000;
/** An object may tell so much at once ... */
const BURST = 25;
/** ... and then one thing more in this time. */
const REFILL_MS = 60_000;
const MAX_REMEMBERED = 4096;

interface Bucket {
  tokens: number;
  at: number;
}

interface Group {
  readonly messages: Set<string>;
  startedAt: number;
}

/**
 * Keeps one object that flaps from filling the API server, and the list that a person reads, with events: as client-go's
 * event correlator does. Warnings have a budget of their own, so that no chatter drowns them. Memory is bounded.
 */
export class EventBudget {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  readonly #groups = new Map<string, Group>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asked once for each thing that was not said lately in just these words. */
  spend(event: EventIdentity): Allowance {
    if (!this.#mayStandAlone(event)) return 'combined';
    return this.#take(`${event.object} ${event.type}`) ? 'new' : 'none';
  }

  #mayStandAlone({ object, type, reason, message }: EventIdentity): boolean {
    const now = this.#clock.now();
    const key = `${object} ${type} ${reason}`;
    const known = this.#groups.get(key);
    const group =
      known !== undefined && now - known.startedAt < WINDOW_MS
        ? known
        : { messages: new Set<string>(), startedAt: now };
    remember(this.#groups, key, group);
    if (group.messages.has(message)) return true;
    if (group.messages.size >= MAX_MESSAGES) return false;
    group.messages.add(message);
    return true;
  }

  #take(key: string): boolean {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    const isEnough = tokens >= 1;
    remember(this.#buckets, key, { tokens: isEnough ? tokens - 1 : tokens, at: now });
    return isEnough;
  }
}

/** As the youngest; the oldest goes when there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_REMEMBERED) map.delete(map.keys().next().value ?? '');
}
