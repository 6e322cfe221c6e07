import type { AddressPool, AddressPoolStatus } from '../../crds/address-pool.ts';
import type { Scope } from '../runtime/reconciler.ts';
import type { Semaphore } from '../runtime/semaphore.ts';
import type { Balancing, Draft, World } from '../world.ts';

export type AddressPoolDraft = Draft<AddressPoolStatus>;

export interface AddressPoolScope extends Scope<AddressPool, AddressPoolDraft> {
  readonly world: World;
  readonly balancing: Balancing;
  /** Held while a subnet is chosen and its Docker network made. */
  readonly choosing: Semaphore;
}
