import type { LoadBalancer } from '../../crds/load-balancer.ts';
import type { Stored } from '../runtime/object.ts';

/** Name of the index of LoadBalancers by the address that they have; those without are under ''. */
export const BY_ADDRESS = 'address';
export const addressIndex = ({ status }: LoadBalancer): string[] => [status?.address ?? ''];

/** Name of the index of LoadBalancers by the pool of their address. */
export const BY_POOL = 'pool';
export const poolIndex = ({ status }: LoadBalancer): string[] => (status?.pool === undefined ? [] : [status.pool]);

/** `namespace/cluster`; for those of no cluster there is no entry. */
export const clusterIndexOf = ({ metadata, spec }: Stored<LoadBalancer>): string[] =>
  spec.cluster === undefined ? [] : [`${metadata.namespace ?? ''}/${spec.cluster}`];
