import type { Applied, Capabilities, Counters, Desired } from '../backends/dataplane.ts';
import { serviceKey } from '../backends/dataplane.ts';
import { idOf } from '../identity.ts';
import { isSameJson } from '../runtime/json.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { keyOf } from '../runtime/object.ts';
import type { ObjectKey, Stored } from '../runtime/object.ts';
import { partOf } from './desired.ts';

/** What the host was told of one LoadBalancer, and what it said to that. */
interface Told {
  readonly part: Desired;
  /** By address and `serviceKey`. */
  readonly refused: Readonly<Record<string, string>>;
}

const NOTHING: Told = { part: { addresses: [], services: [] }, refused: {} };

/**
 * What the dataplane did and said last, for those whom it is about. Read from the host again after a restart, before
 * anybody is told that something is so.
 */
export class DataplaneReport {
  #told: ReadonlyMap<string, Told> | undefined;
  #counters: ReadonlyMap<string, Counters> = new Map();
  #capabilities: Capabilities | undefined;
  #failure: Error | undefined;

  /** Why it could not be asked the last time. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether the host was looked at, or could not be, since this operator started. */
  get hasSpoken(): boolean {
    return this.#told !== undefined || this.#failure !== undefined;
  }

  get capabilities(): Capabilities | undefined {
    return this.#capabilities;
  }

  /** Addresses that are on the host because it was told so; undefined while it was told nothing yet. */
  get bound(): ReadonlySet<string> | undefined {
    const told = this.#told
      ?.values()
      .flatMap(({ part, refused }) => part.addresses.flatMap(({ address }) => (address in refused ? [] : [address])));
    return told && new Set(told);
  }

  countersOf(key: string): Counters | undefined {
    return this.#counters.get(key);
  }

  /** What was refused of what was told for this one; undefined when the host was told something else, or nothing yet. */
  refusals(id: string, part: Desired): Readonly<Record<string, string>> | undefined {
    const told = this.#told?.get(id) ?? (this.#told === undefined ? undefined : NOTHING);
    return told !== undefined && isSameJson(told.part, part) ? told.refused : undefined;
  }

  /** Whether the host has nothing of it any more. */
  isGone(id: string): boolean {
    return this.#told !== undefined && !this.#told.has(id);
  }

  /** Whether that is news. */
  failed(error: Error): boolean {
    const isNews = this.#failure?.message !== error.message;
    this.#failure = error;
    return isNews;
  }

  /** Whom it is news to. */
  applied(
    loadBalancers: readonly Stored<LoadBalancer>[],
    { refused }: Applied,
    capabilities: Capabilities,
  ): readonly ObjectKey[] {
    const before = this.#told;
    const wasAway = this.#failure !== undefined || !isSameJson(this.#capabilities, capabilities);
    const why = new Map(refused.map((refusal) => [refusal.subject, refusal.why]));
    const now = new Map<string, Told>();
    for (const loadBalancer of loadBalancers) {
      const part = partOf(loadBalancer);
      if (part.addresses.length > 0) now.set(idOf(loadBalancer), { part, refused: concerning(part, why) });
    }
    this.#told = now;
    this.#failure = undefined;
    this.#capabilities = capabilities;
    const isNews = (id: string): boolean => wasAway || !isSameJson(before?.get(id), now.get(id));
    return loadBalancers.filter((loadBalancer) => isNews(idOf(loadBalancer))).map(keyOf);
  }

  counted(counters: ReadonlyMap<string, Counters>): void {
    this.#counters = counters;
  }
}

function concerning({ addresses, services }: Desired, why: ReadonlyMap<string, string>): Record<string, string> {
  if (why.size === 0) return {};
  const subjects = [...addresses.map(({ address }) => address), ...services.map(serviceKey)];
  return Object.fromEntries(
    subjects.flatMap((subject) => (why.has(subject) ? [[subject, why.get(subject) ?? '']] : [])),
  );
}
