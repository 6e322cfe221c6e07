import type { LoadBalancer, LoadBalancerStatus } from '../../crds/load-balancer.ts';
import type { Scope } from '../runtime/reconciler.ts';
import type { Balancing, Draft, World } from '../world.ts';
import type { AddressBook } from './book.ts';
import type { ForeignAddresses } from './foreign.ts';
import type { HealthChecks } from './health.ts';
import type { DataplaneReport } from './report.ts';

export type LoadBalancerDraft = Draft<LoadBalancerStatus>;

/** What the reconciler of LoadBalancers works with, besides the world. */
export interface LoadBalancing {
  readonly balancing: Balancing;
  readonly book: AddressBook;
  readonly foreign: ForeignAddresses;
  /** What the host was told, and said. */
  readonly host: DataplaneReport;
  /** Absent where nobody can ask members: then they count as well. */
  readonly health?: HealthChecks;
  /** Has the host looked at soon, for who waits for it. */
  readonly lookForHost: () => void;
}

export interface LoadBalancerScope extends Scope<LoadBalancer, LoadBalancerDraft>, LoadBalancing {
  readonly world: World;
}
