import type { Containers } from '../backends/containers.ts';
import type { Host } from '../backends/host.ts';
import type { Clock } from '../runtime/clock.ts';

export interface ForeignOptions {
  readonly containers: Pick<Containers, 'list'>;
  readonly host: Pick<Host, 'addresses'>;
  readonly clock: Clock;
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

/** Somebody may take an address a moment after the look as well. */
const FRESH_MS = 1_000;

/** Who has addresses besides load balancers. Looked at once for all that ask within a second: it is about every container. */
export class ForeignAddresses {
  readonly #options: ForeignOptions;
  #last: { readonly at: number; readonly seen: Neighbours } | undefined;

  constructor(options: ForeignOptions) {
    this.#options = options;
  }

  /** `ours`: addresses that are on the host because it was told so, as known before the look. */
  async look(ours: ReadonlySet<string> | undefined, signal: AbortSignal): Promise<Neighbours> {
    const { containers, host, clock } = this.#options;
    const at = clock.monotonic();
    if (this.#last !== undefined && at - this.#last.at < FRESH_MS) return this.#last.seen;
    const [own, all] = await Promise.all([host.addresses(signal), containers.list({}, signal)]);
    const named = all.flatMap(({ name, addresses }) =>
      Object.values(addresses).map((address) => [address, name] as const),
    );
    const seen: Neighbours = { containers: new Map(named), host: own, ours };
    this.#last = { at, seen };
    return seen;
  }
}
