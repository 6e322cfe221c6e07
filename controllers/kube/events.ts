import { createHash } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { KubeClient } from './client.ts';
import { isNotFound } from './error.ts';
import { EventBudget } from './event-budget.ts';
import { KubeEventType, type KubeEvent } from './kinds.ts';

/** Something that a person may want to know about an object. */
export interface EventNote {
  readonly object: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** Why, in CamelCase: `ContainerCreated`. */
  readonly reason: string;
  /** For people; cut after 1024 bytes. */
  readonly message: string;
  /** What was done or tried, in CamelCase. Default: the reason. */
  readonly action?: string;
}

export interface EventRecorder {
  /** Returns at once and never throws: whoever tells what it does must not fail because nobody could be told. */
  record(note: EventNote): void;
}

/** A recorder that can be waited for: at the end of a process, and in tests. */
export interface FlushableRecorder extends EventRecorder {
  /** Resolves when everything that waits now was written or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Who says so: `qbo.io/operator`. */
  readonly controller: string;
  /** Which of its replicas: the pod's name. */
  readonly instance: string;
  /** Ends all writing. */
  readonly signal: AbortSignal;
}

/** The same thing said again this soon is one series. */
const SERIES_WINDOW_MS = 6 * 60_000;
/** A series is written at most this often; what comes between is only counted. */
const SERIES_WRITE_MS = 30_000;
const MAX_SERIES = 1000;
const MAX_WAITING = 500;
const MAX_NOTE_BYTES = 1024;
/** client-go's words, which people know. */
const COMBINED = '(combined from similar events):';

/** One thing that was said, and how often. */
interface Series {
  readonly event: KubeEvent;
  count: number;
  lastAt: number;
  writtenAt: number;
  isWaiting: boolean;
}

/** Tells the API server, in the background. */
export const eventRecorder = (options: EventRecorderOptions): FlushableRecorder => new ApiEventRecorder(options);

/**
 * Writes events.k8s.io/v1, one at a time and in order. What is said again within minutes becomes a count on the event
 * that is there, and so does what differs from many others in its message alone. An object that tells more than anybody
 * would read is not listened to for a while. Memory is bounded: when the API server is slower than what happens, events
 * are dropped, and that is logged.
 */
class ApiEventRecorder implements FlushableRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #waiting: Series[] = [];
  /** Cancel the timers of series that are written later. */
  readonly #timers = new Set<() => void>();
  readonly #budget: EventBudget;
  #writing: Promise<void> | undefined;
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#budget = new EventBudget(options.clock);
    const cancelAll = (): void => {
      for (const cancel of this.#timers) cancel();
      this.#timers.clear();
    };
    options.signal.addEventListener('abort', cancelAll, { once: true });
  }

  record(note: EventNote): void {
    try {
      const series = this.#known(note) ?? this.#begun(note);
      if (series === undefined) this.#options.log.debug('Event was left out: its object tells too much', told(note));
      else this.#enqueue(series);
    } catch (error) {
      this.#options.log.error('Event could not be made', { reason: note.reason, error });
    }
  }

  async flush(): Promise<void> {
    await this.#writing;
  }

  /** The series of what was said before in these very words; undefined when that was too long ago. */
  #known(note: EventNote): Series | undefined {
    const now = this.#options.clock.now();
    const identity = identityOf(note);
    const series = this.#series.get(identity);
    if (series === undefined || now - series.lastAt >= SERIES_WINDOW_MS) return undefined;
    this.#remember(identity, Object.assign(series, { count: series.count + 1, lastAt: now }));
    return series;
  }

  /** undefined: more than anybody would read. */
  #begun(note: EventNote): Series | undefined {
    const { kind, metadata } = note.object;
    const allowance = this.#budget.spend({ ...note, object: `${kind} ${metadata.uid ?? metadata.name}` });
    if (allowance === 'none') return undefined;
    const said = allowance === 'new' ? note : { ...note, message: COMBINED };
    const known = allowance === 'new' ? undefined : this.#known(said);
    if (known !== undefined) return known;
    const identity = identityOf(said);
    const event = this.#event(
      { ...note, message: said === note ? note.message : `${COMBINED} ${note.message}` },
      identity,
    );
    const series = { event, count: 1, lastAt: this.#options.clock.now(), writtenAt: -Infinity, isWaiting: false };
    this.#remember(identity, series);
    return series;
  }

  /** As the youngest, so that the first of the map is the one that was silent for longest. */
  #remember(identity: string, series: Series): void {
    this.#series.delete(identity);
    this.#series.set(identity, series);
    if (this.#series.size > MAX_SERIES) this.#series.delete(this.#series.keys().next().value ?? '');
  }

  #event({ object, type, reason, message, action = reason }: EventNote, identity: string): KubeEvent {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const eventTime = this.#microseconds(this.#options.clock.now());
    const suffix = createHash('sha256').update(`${identity} ${eventTime}`).digest('hex').slice(0, 16);
    return {
      apiVersion: KubeEventType.apiVersion,
      kind: KubeEventType.kind,
      metadata: { name: `${name.slice(0, 200)}.${suffix}`, namespace: namespace ?? 'default' },
      eventTime,
      type,
      reason,
      action,
      note: cut(message),
      regarding: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name,
        ...(namespace !== undefined && { namespace }),
        ...(uid !== undefined && { uid }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      },
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance,
    };
  }

  #enqueue(series: Series): void {
    if (series.isWaiting || this.#options.signal.aborted) return;
    if (this.#waiting.length + this.#timers.size >= MAX_WAITING) {
      this.#dropped += 1;
      return;
    }
    series.isWaiting = true;
    const wait = series.writtenAt + SERIES_WRITE_MS - this.#options.clock.now();
    if (wait <= 0) {
      this.#hand(series);
      return;
    }
    const cancel = this.#options.clock.after(wait, () => {
      this.#timers.delete(cancel);
      this.#hand(series);
    });
    this.#timers.add(cancel);
  }

  #hand(series: Series): void {
    this.#waiting.push(series);
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.isWaiting = false;
      next.writtenAt = this.#options.clock.now();
      try {
        await this.#write(next);
      } catch (error) {
        if (this.#options.signal.aborted) return;
        const { reason, regarding } = next.event;
        this.#options.log.warn('Event was not written', { reason, regarding: regarding.name, error });
      }
    }
    if (this.#dropped > 0) {
      this.#options.log.warn('Events were dropped: more happened than could be written', { count: this.#dropped });
      this.#dropped = 0;
    }
  }

  async #write({ event, count, lastAt }: Series): Promise<void> {
    const { client, signal } = this.#options;
    if (count === 1) {
      await client.create(KubeEventType, event, signal);
      return;
    }
    const series = { count, lastObservedTime: this.#microseconds(lastAt) };
    const { name, namespace = '' } = event.metadata;
    try {
      await client.mergePatch(KubeEventType, { namespace, name }, { series }, signal);
    } catch (error) {
      // It has expired meanwhile, or could not be created before.
      if (!isNotFound(error)) throw error;
      await client.create(KubeEventType, { ...event, series }, signal);
    }
  }

  /** metav1.MicroTime: six digits after the point. */
  #microseconds(at: number): string {
    return new Date(at).toISOString().replace('Z', '000Z');
  }
}

const identityOf = ({ object: { kind, metadata }, type, reason, message }: EventNote): string =>
  JSON.stringify([kind, metadata.uid ?? metadata.name, type, reason, message]);

const told = ({ object, reason }: EventNote): Readonly<Record<string, string>> => ({
  kind: object.kind,
  name: object.metadata.name,
  reason,
});

function cut(message: string): string {
  if (Buffer.byteLength(message) <= MAX_NOTE_BYTES) return message;
  const bytes = Buffer.from(message).subarray(0, MAX_NOTE_BYTES - 3);
  // A character that was cut in two would be decoded to the replacement character.
  return `${new TextDecoder().decode(bytes, { stream: true })}…`;
}
