import type { Clock } from '../../../runtime/clock.ts';
import type { Applied, Capabilities, Dataplane, Desired, Observed } from '../../dataplane.ts';
import { PROTOCOLS, serviceKey } from '../../dataplane.ts';
import { bindable, bindChanges, readInterfaces } from '../addresses.ts';
import type { Interfaces } from '../addresses.ts';
import { admit } from '../admission.ts';
import { canonical } from '../canonical.ts';
import { diff } from '../diff.ts';
import { setGate } from '../docker-gate.ts';
import type { Mark } from '../mark.ts';
import { succeed } from '../tools.ts';
import type { Tools } from '../tools.ts';
import { kernelChanges } from '../watch.ts';
import { forgetFlows } from './flows.ts';
import { readListing } from './listing.ts';
import { Remembered } from './remembered.ts';
import { transaction } from './script.ts';
import { balancerSkeleton } from './skeleton.ts';
import { NFT_SCHEDULERS } from './slots.ts';
import { countersOf, interpretTable, NO_TABLE } from './state.ts';
import type { TableState } from './state.ts';

export interface NftablesOptions {
  readonly tools: Tools;
  readonly mark: Mark;
  readonly clock: Clock;
  /** Why this kind was chosen. */
  readonly why: string;
}

/** Destination translation by nftables: for kernels without ip_vs. */
export class NftablesDataplane implements Dataplane {
  readonly #options: NftablesOptions;
  readonly #remembered: Remembered<TableState>;

  constructor(options: NftablesOptions) {
    this.#options = options;
    this.#remembered = new Remembered(options.clock, (signal) => this.#readTable(signal));
  }

  async describe(signal: AbortSignal): Promise<Capabilities> {
    signal.throwIfAborted();
    return this.#able;
  }

  get #able(): Capabilities {
    const { why } = this.#options;
    return { kind: 'nftables', why, schedulers: NFT_SCHEDULERS, forwarding: ['Masquerade'], protocols: PROTOCOLS };
  }

  async read(signal: AbortSignal): Promise<Observed> {
    // Counters change without a word.
    const [interfaces, table] = await this.#look(this.#remembered.anew(signal), signal);
    const counters = [...table.services].map(([key, state]) => [key, countersOf(state)] as const);
    const observed = observe(interfaces, table);
    const there = new Set(observed.services.map(serviceKey));
    return {
      ...observed,
      counters: new Map(counters.filter(([key]) => there.has(key)).sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  async apply(desired: Desired, signal: AbortSignal): Promise<Applied> {
    const { tools, mark } = this.#options;
    const gate = { comment: mark.comment, isOpen: desired.services.length > 0 };
    const [[interfaces, table], gates] = await Promise.all([
      this.#look(this.#remembered.get(signal), signal),
      setGate(tools, gate, signal),
    ]);
    const bound = bindable(desired.addresses, interfaces);
    const admitted = admit({ addresses: bound.addresses, services: desired.services }, this.#able);
    const wanted = canonical(admitted.desired);
    const changes = diff(observe(interfaces, table), wanted);

    const lines = transaction(mark.table, balancerSkeleton, table, wanted);
    // Rules first: an address that answers before its rules are there would be the host's own.
    if (lines.length > 0) {
      this.#remembered.forget();
      await succeed(tools, ['nft', '-f', '-'], `${lines.join('\n')}\n`, signal);
      this.#remembered.forget();
    }
    await bindChanges(tools, changes, { metric: mark.metric, signal });
    await forgetFlows(tools, changes, signal);
    const isRepair = lines.length > 0 || gates > 0;
    return { changed: Math.max(changes.length, isRepair ? 1 : 0), refused: [...bound.refused, ...admitted.refused] };
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void, void, undefined> {
    const { tools, mark, clock } = this.#options;
    const onHint = (): void => {
      this.#remembered.forget();
    };
    const listening = this.#remembered.listening();
    try {
      yield* kernelChanges({ tools, mark, clock, onHint }, signal);
    } finally {
      listening.end();
    }
  }

  #look(table: Promise<TableState>, signal: AbortSignal): Promise<[Interfaces, TableState]> {
    const { tools, mark } = this.#options;
    return Promise.all([readInterfaces(tools, mark.metric, signal), table]);
  }

  async #readTable(signal: AbortSignal): Promise<TableState> {
    const { tools, mark } = this.#options;
    const listing = await readListing(tools, mark.table, signal);
    return listing === undefined ? NO_TABLE : interpretTable(listing, balancerSkeleton);
  }
}

/** Without the chains that lead to them, services carry nothing: then none is there. */
function observe({ ours }: Interfaces, table: TableState): Desired {
  const services = table.isIntact ? [...table.services.values()].flatMap(({ whole }) => whole ?? []) : [];
  return canonical({ addresses: ours, services });
}
