import type { Network, NetworkStatus } from '../../crds/network.ts';
import type { Scope } from '../runtime/reconciler.ts';
import type { Semaphore } from '../runtime/semaphore.ts';
import type { Draft, World } from '../world.ts';

export type NetworkDraft = Draft<NetworkStatus>;

export interface NetworkScope extends Scope<Network, NetworkDraft> {
  readonly world: World;
  /** Held while a subnet is chosen and its Docker network made: two that choose at once would choose the same. */
  readonly choosing: Semaphore;
}
