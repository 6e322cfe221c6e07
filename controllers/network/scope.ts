import type { Network, NetworkStatus } from '../../crds/network.ts';
import type { Scope } from '../runtime/reconciler.ts';
import type { Draft, World } from '../world.ts';

export type NetworkDraft = Draft<NetworkStatus>;

export interface NetworkScope extends Scope<Network, NetworkDraft> {
  readonly world: World;
}
