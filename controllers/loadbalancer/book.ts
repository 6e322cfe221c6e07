import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { Semaphore } from '../runtime/semaphore.ts';
import { keyOf } from '../runtime/object.ts';
import type { ObjectKey, Stored } from '../runtime/object.ts';
import type { Holder } from './addresses.ts';

interface Given {
  readonly address: string;
  readonly pool: string | undefined;
}

interface OnItsWay extends Given {
  readonly key: ObjectKey;
}

type Find = (key: ObjectKey) => Stored<LoadBalancer> | undefined;

/**
 * Who has which address. The truth is in the statuses; kept here is only what was given and is on its way there, so that two
 * that ask in one moment are not given the same. After a restart there is nothing on its way.
 */
export class AddressBook {
  /** Held while an address is chosen. */
  readonly choosing = new Semaphore(1);
  /** By uid. */
  readonly #given = new Map<string, OnItsWay>();

  holder(loadBalancer: Stored<LoadBalancer>): Holder {
    const given = this.#given.get(loadBalancer.metadata.uid);
    const { address, pool } = given ?? loadBalancer.status ?? {};
    return { loadBalancer, address, pool };
  }

  give(loadBalancer: Stored<LoadBalancer>, given: Given): void {
    this.#given.set(loadBalancer.metadata.uid, { ...given, key: keyOf(loadBalancer) });
  }

  /** Those to whom an address was given of which their status does not speak yet. */
  given(address: string, find: Find): readonly Stored<LoadBalancer>[] {
    return [...this.#given.values()].filter((given) => given.address === address).flatMap(({ key }) => find(key) ?? []);
  }

  /** Lets go of what the cache has come to know, and of who is gone. */
  tidy(find: Find): void {
    for (const [uid, { key, address }] of this.#given) {
      const cached = find(key);
      if (cached?.metadata.uid !== uid || cached.status?.address === address) this.#given.delete(uid);
    }
  }
}
