import type { Containers } from '../backends/containers.ts';
import type { Host } from '../backends/host.ts';

export interface ForeignOptions {
  readonly containers: Pick<Containers, 'list'>;
  readonly host: Pick<Host, 'addresses'>;
}

/** Who had which address at one moment. */
export interface Neighbours {
  /** Names of containers, running or not, by their addresses. */
  readonly containers: ReadonlyMap<string, string>;
  /** Those of the host itself, ours among them. */
  readonly host: ReadonlySet<string>;
  /** Those of them that were ours; undefined when that was not known. */
  readonly ours: ReadonlySet<string> | undefined;
}

/** When somebody began to want to know, among all who ever did. */
export type Ticket = number;

/**
 * Who has addresses besides load balancers. A look is about every container, and those who wait while one looks need none of
 * their own: what is seen after they came is new enough for them.
 */
export class ForeignAddresses {
  readonly #options: ForeignOptions;
  #tickets = 0;
  #last: { readonly upTo: Ticket; readonly seen: Neighbours } | undefined;

  constructor(options: ForeignOptions) {
    this.#options = options;
  }

  /** To be taken before one waits for one's turn. */
  ticket(): Ticket {
    this.#tickets += 1;
    return this.#tickets;
  }

  /** Seen after `ticket` was taken. `ours`: addresses that are on the host because it was told so, as known before the look. */
  async look(ticket: Ticket, ours: ReadonlySet<string> | undefined, signal: AbortSignal): Promise<Neighbours> {
    if (this.#last !== undefined && ticket <= this.#last.upTo) return this.#last.seen;
    const { containers, host } = this.#options;
    const upTo = this.#tickets;
    const [own, all] = await Promise.all([host.addresses(signal), containers.list({}, signal)]);
    const named = all.flatMap(({ name, addresses }) =>
      Object.values(addresses).map((address) => [address, name] as const),
    );
    const seen: Neighbours = { containers: new Map(named), host: own, ours };
    this.#last = { upTo, seen };
    return seen;
  }
}
