import type { Clock } from '../../../runtime/clock.ts';
import type { Applied, Capabilities, Dataplane, Desired, Observed } from '../../dataplane.ts';
import { serviceKey } from '../../dataplane.ts';
import { bindable, bindChanges } from '../addresses.ts';
import type { Interfaces } from '../addresses.ts';
import { admit } from '../admission.ts';
import { canonical, ordered } from '../canonical.ts';
import { differences } from '../diff.ts';
import { setGate } from '../docker-gate.ts';
import type { Mark } from '../mark.ts';
import { succeed } from '../tools.ts';
import type { Tools } from '../tools.ts';
import { KernelView } from '../view.ts';
import { forgetFlows } from './flows.ts';
import { openHairpins } from './hairpin.ts';
import { readListing } from './listing.ts';
import { trackedProtocols } from './protocols.ts';
import { transaction } from './script.ts';
import { balancerSkeleton } from './skeleton.ts';
import { NFT_SCHEDULERS } from './slots.ts';
import { countersOf, interpretTable, NO_TABLE, tableOf } from './state.ts';
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
  readonly #view: KernelView<TableState>;

  constructor(options: NftablesOptions) {
    this.#options = options;
    this.#view = new KernelView({ ...options, readTable: (signal) => this.#readTable(signal) });
  }

  describe(signal: AbortSignal): Promise<Capabilities> {
    return this.#able(signal);
  }

  async #able(signal: AbortSignal): Promise<Capabilities> {
    const { why, tools } = this.#options;
    const protocols = await trackedProtocols(tools, signal);
    return { kind: 'nftables', why, schedulers: NFT_SCHEDULERS, forwarding: ['Masquerade'], protocols };
  }

  async read(signal: AbortSignal): Promise<Observed> {
    // Counters change without a word.
    const [interfaces, table] = await Promise.all([this.#view.interfaces.get(signal), this.#view.table.anew(signal)]);
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
    const [able, interfaces, table, gates] = await Promise.all([
      this.#able(signal),
      this.#view.interfaces.get(signal),
      this.#view.table.get(signal),
      this.#setGate(desired.services.length > 0, signal),
    ]);
    const bound = bindable(desired.addresses, interfaces);
    const admitted = admit({ addresses: bound.addresses, services: desired.services }, able, bound.refused);
    const wanted = canonical(admitted.desired);
    const changes = differences(observe(interfaces, table), wanted);

    const lines = transaction(mark.table, balancerSkeleton, table, wanted);
    // Rules first: an address that answers before its rules are there would be the host's own.
    if (lines.length > 0) {
      const write = (): Promise<string> => succeed(tools, ['nft', '-f', '-'], `${lines.join('\n')}\n`, signal);
      await this.#view.table.write(tableOf(wanted), write);
    }
    const isBound = await bindChanges(tools, changes, { metric: mark.metric, signal });
    const hairpins = await openHairpins(tools, interfaces, wanted.services, signal);
    if (isBound || hairpins > 0) this.#view.interfaces.forget();
    await forgetFlows(tools, changes, signal);
    const isRepair = lines.length > 0 || gates + hairpins > 0;
    return { changed: Math.max(changes.length, isRepair ? 1 : 0), refused: admitted.refused };
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return this.#view.changes(signal);
  }

  async #setGate(isOpen: boolean, signal: AbortSignal): Promise<number> {
    const { tools, mark } = this.#options;
    const written = await setGate({ tools, comment: mark.comment }, await this.#view.gate.get(signal), isOpen, signal);
    if (written > 0) this.#view.gate.forget();
    return written;
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
  return ordered({ addresses: ours, services });
}
