import type { LoadBalancer } from '../../crds/load-balancer.ts';
import type { Node } from '../../crds/node.ts';
import type { Stored } from '../runtime/object.ts';
import { BY_CLUSTER } from '../world.ts';
import type { World } from '../world.ts';

interface Membership {
  readonly loadBalancer: Stored<LoadBalancer>;
  /** It gets new connections. One that does not may still have some. */
  readonly isReady: boolean;
}

/** The load balancers that have this node among their members. */
export const balancedBy = ({ balancing }: World, { metadata, spec }: Stored<Node>): readonly Membership[] =>
  (balancing?.loadBalancers.byIndex(BY_CLUSTER, `${metadata.namespace ?? ''}/${spec.cluster}`) ?? []).flatMap(
    (loadBalancer) => {
      const its = loadBalancer.status?.members?.filter(({ node }) => node === metadata.name) ?? [];
      return its.length === 0 ? [] : [{ loadBalancer, isReady: its.some(({ state }) => state === 'Ready') }];
    },
  );
