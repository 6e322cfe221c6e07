import { AddressPoolKind, type AddressPool } from '../../../crds/address-pool.ts';
import { LoadBalancerKind } from '../../../crds/load-balancer.ts';
import type { Stored } from '../../../controllers/runtime/object.ts';
import { refusable } from '../../refusal.ts';
import { addressRows } from '../../rows/address.ts';
import type { AddressRow } from '../../wire/rows.ts';
import { listIn } from '../listing.ts';
import type { Scope } from '../scope.ts';

/** The addresses that load balancers may have. They are of the host, and whoever may see AddressPools sees them. */
export async function getAddresses(scope: Scope): Promise<void> {
  scope.reply.send({ addresses: [...(await addressesNow(scope))] });
}

export async function addressesNow(scope: Scope): Promise<readonly AddressRow[]> {
  const [pools, loadBalancers] = await Promise.all([listPools(scope), listIn(scope, LoadBalancerKind, 'visible')]);
  const held = new Set(loadBalancers.flatMap(({ status }) => status?.address ?? []));
  return pools.flatMap((pool) => addressRows(pool, held));
}

export const listPools = ({ kube, signal }: Pick<Scope, 'kube' | 'signal'>): Promise<readonly Stored<AddressPool>[]> =>
  refusable('The addresses of the host', async () => (await kube.list(AddressPoolKind, {}, signal)).items);
