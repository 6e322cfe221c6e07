import { DataplaneUnavailable } from '../../../crds/errors.ts';
import type { Capabilities, Counters, Dataplane, Desired, Observed, Refusal } from '../dataplane.ts';
import { FORWARDING, PROTOCOLS, SCHEDULERS, serviceKey } from '../dataplane.ts';
import { admit } from '../dataplane/admission.ts';
import { canonical } from '../dataplane/canonical.ts';
import { diff, patch } from '../dataplane/diff.ts';
import { Feed } from './feed.ts';
import { Gate } from './gate.ts';
import type { GateOptions } from './gate.ts';

export interface MemoryDataplaneOptions extends GateOptions {
  /** What differs from a dataplane that can do everything. */
  readonly able?: Partial<Capabilities>;
}

const EMPTY: Desired = { addresses: [], services: [] };
const NOTHING: Counters = { connections: 0, inbound: { packets: 0, bytes: 0 }, outbound: { packets: 0, bytes: 0 } };

/** A dataplane that only remembers. One per host: what it holds outlives those who talk to it. */
export class MemoryDataplane implements Dataplane {
  /** Interfaces that the host lacks: an address on one of them is refused. */
  readonly missingInterfaces = new Set<string>();
  readonly #gate: Gate;
  readonly #feed = new Feed();
  readonly #able: Capabilities;
  readonly #counters = new Map<string, Counters>();
  #state = EMPTY;
  #writes = 0;

  constructor({ able, ...gate }: MemoryDataplaneOptions) {
    this.#gate = new Gate({ gone: (why) => new DataplaneUnavailable({ why }), ...gate });
    const everything = { schedulers: SCHEDULERS, forwarding: FORWARDING, protocols: PROTOCOLS };
    this.#able = { kind: 'Memory', why: 'nothing here carries traffic', ...everything, ...able };
  }

  /** What it holds now. */
  get state(): Desired {
    return this.#state;
  }

  /** How often something was written: the same desired state again writes nothing. */
  get writes(): number {
    return this.#writes;
  }

  /** Every call so far, by its method's name. */
  get calls(): readonly string[] {
    return this.#gate.calls;
  }

  /** Somebody else's hand: rules are flushed, edited or half deleted. */
  meddle(edit: (state: Desired) => Desired): void {
    this.#state = canonical(edit(this.#state));
    this.#forgetCounters();
    this.#feed.emit('changed');
  }

  /** Traffic: what a service is said to have carried. */
  count(key: string, counters: Counters): void {
    this.#counters.set(key, counters);
  }

  /** Breaks every connection to it; with `away`, nobody answers any more. */
  interrupt(away: boolean): void {
    this.#gate.interrupt(away);
  }

  describe(signal: AbortSignal): Promise<Capabilities> {
    return this.#gate.call('describe', [], signal, () => this.#able);
  }

  read(signal: AbortSignal): Promise<Observed> {
    return this.#gate.call('read', [], signal, () => ({
      ...this.#state,
      counters: new Map(
        this.#state.services.map(serviceKey).map((key) => [key, this.#counters.get(key) ?? NOTHING] as const),
      ),
    }));
  }

  apply(desired: Desired, signal: AbortSignal): ReturnType<Dataplane['apply']> {
    return this.#gate.call('apply', [], signal, () => {
      const missing = desired.addresses.filter((address) => this.missingInterfaces.has(address.interface));
      const bindable = desired.addresses.filter((address) => !missing.includes(address));
      const refused: Refusal[] = missing.map(({ address, interface: name }) => ({
        subject: address,
        why: `There is no network interface ${name} on the host.`,
      }));
      const admitted = admit({ addresses: bindable, services: desired.services }, this.#able, refused);
      const changes = diff(this.#state, admitted.desired);
      if (changes.length > 0) this.#write(patch(this.#state, changes));
      return { changed: changes.length, refused: admitted.refused };
    });
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void, void, undefined> {
    const session = this.#gate.session;
    await this.#gate.enter('changes', [], signal);
    for await (const _ of this.#feed.listen(AbortSignal.any([signal, session]))) yield;
    signal.throwIfAborted();
  }

  #write(state: Desired): void {
    this.#writes += 1;
    this.#state = state;
    this.#forgetCounters();
    this.#feed.emit('changed');
  }

  #forgetCounters(): void {
    const there = new Set(this.#state.services.map(serviceKey));
    for (const key of this.#counters.keys()) if (!there.has(key)) this.#counters.delete(key);
  }
}
