import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { Semaphore } from '../runtime/semaphore.ts';
import type { Stored } from '../runtime/object.ts';
import type { Holder } from './addresses.ts';

interface Given {
  readonly address: string;
  readonly pool: string | undefined;
}

/**
 * Who has which address. The truth is in the statuses; kept here is only what was given and is on its way there, so that two
 * that ask in one moment are not given the same. After a restart there is nothing on its way.
 */
export class AddressBook {
  /** Held while an address is chosen. */
  readonly choosing = new Semaphore(1);
  /** By uid. */
  readonly #given = new Map<string, Given>();

  holder(loadBalancer: Stored<LoadBalancer>): Holder {
    const given = this.#given.get(loadBalancer.metadata.uid);
    const { address, pool } = given ?? loadBalancer.status ?? {};
    return { loadBalancer, address, pool };
  }

  give(loadBalancer: Stored<LoadBalancer>, given: Given): void {
    this.#given.set(loadBalancer.metadata.uid, given);
  }

  /** Lets go of what the cache has come to know, and of who is gone. */
  tidy(cached: readonly Stored<LoadBalancer>[]): void {
    if (this.#given.size === 0) return;
    const known = new Map(cached.map(({ metadata, status }) => [metadata.uid, status?.address]));
    for (const [uid, { address }] of this.#given) {
      if (!known.has(uid) || known.get(uid) === address) this.#given.delete(uid);
    }
  }
}
