import { pause, type Clock } from './clock.ts';
import { abortable, Deadline } from './deadline.ts';
import type { Logger } from './log.ts';
import type { Election } from './manager.ts';
import { isAlreadyExists, isConflict } from './server-failure.ts';

/** `spec` of a coordination.k8s.io/v1 Lease. */
export interface LeaseSpec {
  /** Empty: nobody. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** RFC 3339 with microseconds. */
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface StoredLease {
  readonly spec: LeaseSpec;
  readonly resourceVersion: string;
}

/** One Lease in the API server. */
export interface LeaseStore {
  /** undefined when there is none. */
  get(signal: AbortSignal): Promise<StoredLease | undefined>;
  /** Rejects with 409 AlreadyExists when there is one. */
  create(spec: LeaseSpec, signal: AbortSignal): Promise<StoredLease>;
  /** Rejects with 409 Conflict when the stored resourceVersion is another. */
  update(spec: LeaseSpec, resourceVersion: string, signal: AbortSignal): Promise<StoredLease>;
}

export interface LeaderElectorOptions {
  readonly store: LeaseStore;
  /** Unique to this process: a replica that comes back under the name of its former self must not think that it leads. */
  readonly identity: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Others wait so long after the last renewal that they saw. Default 15 s. */
  readonly leaseMs?: number;
  /** The leader gives up when it could not renew for so long. Default 10 s. */
  readonly renewMs?: number;
  /** Between two tries. Default 2 s. */
  readonly retryMs?: number;
  /** Called with false at the start, and at every change. */
  readonly onChange?: (isLeader: boolean) => void;
  /** In [0, 1); spreads the tries of candidates. Default Math.random. */
  readonly random?: () => number;
}

/** This replica could not renew in time; another may lead already. */
class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

/** Something was to be done that only a leader may do. */
class NotLeading extends Error {
  override readonly name = 'NotLeading';
}

const JITTER = 1.2;
/** Candidates must not come all at once; but each tenth of a second that one sees a renewal late is one without a leader. */
const SPREAD = 0.2;

/**
 * Leader election over a Lease, as client-go does it. Clocks of replicas need not agree: each measures by its own how long
 * it has seen no renewal, so only how fast they run matters. **This is not fencing.** A leader that was held up (a
 * suspended machine) may act for a moment after another took over; whatever it does must be harmless then, as every step
 * of a level-triggered reconciler is.
 */
export class LeaderElector implements Election {
  readonly #store: LeaseStore;
  readonly #identity: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #leaseMs: number;
  readonly #renewMs: number;
  readonly #retryMs: number;
  readonly #onChange: (isLeader: boolean) => void;
  readonly #random: () => number;

  /** The lease as last seen, and when it was first seen so, by our own clock. */
  #seen: { readonly lease: StoredLease; readonly at: number } | undefined;
  #isLeader = false;
  /** When the last renewal that succeeded was begun, by our own clock: others wait from then on, or from later. */
  #renewedAt = -Infinity;

  /** Throws when the times contradict each other. */
  constructor(options: LeaderElectorOptions) {
    const { leaseMs = 15_000, renewMs = 10_000, retryMs = 2_000, random = Math.random } = options;
    if (leaseMs <= renewMs || renewMs <= retryMs * JITTER || retryMs <= 0) {
      throw new Error(
        `Leader election needs lease > renew > ${String(JITTER)} x retry > 0, not ${String(leaseMs)}, ${String(renewMs)} and ${String(retryMs)} ms`,
      );
    }
    if (options.identity === '') throw new Error('Leader election needs an identity: an empty one means nobody');
    this.#store = options.store;
    this.#identity = options.identity;
    this.#clock = options.clock;
    this.#log = options.log.child({ identity: options.identity });
    this.#leaseMs = leaseMs;
    this.#renewMs = renewMs;
    this.#retryMs = retryMs;
    this.#random = random;
    this.#onChange = options.onChange ?? (() => undefined);
    this.#onChange(false);
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /**
   * Throws unless this replica leads, and has renewed recently enough that no other one can. To be called right before
   * everything that only the leader may do: a process that was frozen runs on for a while before it is told that it has
   * lost.
   */
  assertLeading(): void {
    if (this.#isLeader && this.#clock.monotonic() - this.#renewedAt < this.#renewMs) return;
    throw new NotLeading('This replica does not lead, or not any more: another one does what is to be done');
  }

  /** As Election says: rejects with LeadershipLost when the lease could not be renewed in time. */
  async run(signal: AbortSignal, onStartedLeading: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (!(await this.#acquire(signal))) return;
    this.#change(true);
    const leading = new AbortController();
    const stop = (): void => {
      leading.abort(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const done = new AbortController();
    const work = onStartedLeading(leading.signal).finally(() => {
      done.abort();
    });
    // Looked at below in every case; until then its failure is not unhandled.
    work.catch(() => undefined);
    try {
      const isKept = await this.#keep(done.signal);
      if (!isKept) await this.#lose(leading, work);
      await work;
      await this.#release();
    } finally {
      signal.removeEventListener('abort', stop);
      this.#change(false);
    }
  }

  /** True once the lease is ours; false when `signal` aborted first. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    this.#log.info('Waiting to lead');
    while (!signal.aborted) {
      if (await this.#try(this.#renewMs / 2)) return true;
      await pause(this.#clock, Math.min(this.#retryMs * (1 + this.#random() * SPREAD), this.#leftMs()), signal);
    }
    return false;
  }

  /** Renews until `done` aborts; false when that did not succeed for too long. */
  async #keep(done: AbortSignal): Promise<boolean> {
    while (await pause(this.#clock, this.#retryMs, done)) {
      const leftMs = this.#renewedAt + this.#renewMs - this.#clock.monotonic();
      if (leftMs > 0) await this.#try(Math.min(leftMs, this.#renewMs / 2));
      if (done.aborted) return true;
      if (this.#clock.monotonic() - this.#renewedAt >= this.#renewMs) return false;
      if (this.#holder() !== this.#identity) return false;
    }
    return true;
  }

  async #lose(leading: AbortController, work: Promise<void>): Promise<never> {
    const why =
      this.#holder() === this.#identity
        ? `The lease could not be renewed for ${String(this.#renewMs / 1000)} s`
        : `Another replica, ${this.#holder()}, has taken the lease`;
    const lost = new LeadershipLost(`${why}. End the process and start anew`);
    this.#change(false);
    leading.abort(lost);
    await Promise.allSettled([work]);
    throw lost;
  }

  /** Lets others lead at once. When that fails they wait for the lease to run out. */
  async #release(): Promise<void> {
    const { seen, identity } = { seen: this.#seen, identity: this.#identity };
    if (seen?.lease.spec.holderIdentity !== identity) return;
    const spec = { ...seen.lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#microTime() };
    try {
      await this.#within(this.#renewMs / 2, (signal) => this.#store.update(spec, seen.lease.resourceVersion, signal));
      this.#log.info('Lease given up');
    } catch (error) {
      this.#log.warn('Lease could not be given up', { error });
    }
  }

  /**
   * One attempt to take or renew the lease. Never rejects: false may mean that another holds it, or that nobody answers.
   * Not cut short by a stop: a write whose answer was not waited for could not be taken back.
   */
  async #try(timeoutMs: number): Promise<boolean> {
    const startedAt = this.#clock.monotonic();
    try {
      const isOurs = await this.#within(timeoutMs, (signal) => this.#takeOrRenew(signal));
      if (isOurs) this.#renewedAt = startedAt;
      return isOurs;
    } catch (error) {
      const isRace = isConflict(error) || isAlreadyExists(error);
      if (!isRace) this.#log.warn('Lease could not be read or written', { error });
      return false;
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<boolean> {
    const now = this.#microTime();
    const mine: LeaseSpec = {
      holderIdentity: this.#identity,
      leaseDurationSeconds: Math.ceil(this.#leaseMs / 1000),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    };
    const found = await this.#store.get(signal);
    if (found === undefined) {
      this.#observe(await this.#store.create(mine, signal));
      return true;
    }
    this.#observe(found);
    const { holderIdentity = '', acquireTime = now, leaseTransitions = 0 } = found.spec;
    const isOurs = holderIdentity === this.#identity;
    if (!isOurs && holderIdentity !== '' && this.#isValid()) return false;
    const spec = isOurs
      ? { ...mine, acquireTime, leaseTransitions }
      : { ...mine, leaseTransitions: leaseTransitions + 1 };
    this.#observe(await this.#store.update(spec, found.resourceVersion, signal));
    return true;
  }

  #observe(lease: StoredLease): void {
    const before = this.#seen?.lease;
    if (before?.resourceVersion === lease.resourceVersion) return;
    this.#seen = { lease, at: this.#clock.monotonic() };
    if (before?.spec.holderIdentity !== lease.spec.holderIdentity) {
      this.#log.info('Leader is', { leader: lease.spec.holderIdentity });
    }
  }

  /** Whether its holder still has time to renew. */
  #isValid(): boolean {
    return this.#leftMs() < Infinity;
  }

  /** Until the lease as last seen runs out; Infinity when it has, or was never seen. */
  #leftMs(): number {
    if (this.#seen === undefined) return Infinity;
    const { lease, at } = this.#seen;
    const leftMs = at + (lease.spec.leaseDurationSeconds ?? 0) * 1000 - this.#clock.monotonic();
    return leftMs > 0 ? leftMs : Infinity;
  }

  #holder(): string {
    return this.#seen?.lease.spec.holderIdentity ?? '';
  }

  #change(isLeader: boolean): void {
    if (this.#isLeader === isLeader) return;
    this.#isLeader = isLeader;
    this.#log.info(isLeader ? 'Leading' : 'No longer leading');
    this.#onChange(isLeader);
  }

  /** Rejects after `timeoutMs`, even when `call` heeds no signal. */
  async #within<R>(timeoutMs: number, call: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const message = 'The API server did not answer about the lease';
    const deadline = new Deadline(this.#clock, timeoutMs, message, new AbortController().signal);
    try {
      return await abortable(call(deadline.signal), deadline.signal);
    } finally {
      deadline.clear();
    }
  }

  #microTime(): string {
    return new Date(this.#clock.now()).toISOString().replace('Z', '000Z');
  }
}
