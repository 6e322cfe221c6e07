import { AddressPoolKind, type AddressPool } from '../../../crds/address-pool.ts';
import { isWithin, rangeText, rangeWithout, sharesAddress, type AddressRange } from '../../../crds/ip.ts';
import { LoadBalancerKind } from '../../../crds/load-balancer.ts';
import { keyOf, type Stored } from '../../../controllers/runtime/object.ts';
import { Failure } from '../../failure.ts';
import { refusable } from '../../refusal.ts';
import { listPools } from '../get/addresses.ts';
import { listIn } from '../listing.ts';
import { entriesOf, lookingAgain, namedRanges, setAddresses, type Named } from '../pools.ts';
import { settle } from '../power.ts';
import type { Goal } from '../progress/goal.ts';
import type { Scope } from '../scope.ts';

/** Takes addresses out of the pools that name them: all of them, or none when one can not be. A pool that is left without any goes. */
export async function deleteAddresses(scope: Scope): Promise<void> {
  const unwanted = namedRanges(scope.command.names);
  const goals = await refusable('The addresses', () => lookingAgain(() => takeBack(scope, unwanted)));
  await settle(scope, AddressPoolKind, goals);
}

async function takeBack(scope: Scope, unwanted: readonly Named[]): Promise<readonly Goal[]> {
  const pools = await listPools(scope);
  const named = pools.filter(({ spec }) => spec.addresses !== undefined);
  requireKnown(unwanted, { named, others: pools.filter((pool) => !named.includes(pool)) });
  await requireUnused(scope, unwanted);
  const goals: Goal[] = [];
  for (const pool of named) {
    const entries = entriesOf(pool);
    if (entries.some((entry) => unwanted.some((one) => sharesAddress(entry, one))))
      goals.push(await shrink(scope, pool, unwanted));
  }
  return goals;
}

function requireKnown(
  unwanted: readonly Named[],
  { named, others }: { readonly named: readonly AddressPool[]; readonly others: readonly AddressPool[] },
): void {
  for (const one of unwanted) {
    const own = others.find((pool) => entriesOf(pool).some((entry) => sharesAddress(entry, one)));
    if (own !== undefined) {
      const { name } = own.metadata;
      throw new Failure(
        409,
        `${one.text} is of the Docker network of AddressPool ${name}, which is given as a whole: kubectl delete addresspool ${name}.`,
      );
    }
    if (without([one], named.flatMap(entriesOf)).length === 0) continue;
    throw new Failure(404, `${one.text} is not given to load balancers, or not all of it. See qbo get networks -H.`);
  }
}

/** Whoever has an address keeps it, whatever becomes of its pool: who takes it back means that it is free. */
async function requireUnused(scope: Scope, unwanted: readonly Named[]): Promise<void> {
  const loadBalancers = await listIn(scope, LoadBalancerKind, 'visible');
  const users = loadBalancers.filter(({ status }) => unwanted.some((one) => isWithin(one, status?.address ?? '')));
  const [first] = users;
  if (first === undefined) return;
  const { namespace = '', name } = first.metadata;
  const more = users.length === 1 ? '' : `, and ${String(users.length - 1)} more have such ones`;
  throw new Failure(
    409,
    `${first.status?.address ?? ''} is the address of LoadBalancer ${namespace}/${name}${more}. Delete the Service or cluster that needs it ` +
      'first: see qbo get ipvs -A.',
  );
}

async function shrink(scope: Scope, pool: Stored<AddressPool>, unwanted: readonly Named[]): Promise<Goal> {
  const { kube, work } = scope;
  // What is not touched stays as somebody has written it.
  const left = entriesOf(pool).flatMap((entry) =>
    unwanted.some((one) => sharesAddress(entry, one)) ? without([entry], unwanted).map(rangeText) : [entry.text],
  );
  if (left.length > 0) {
    return { object: await setAddresses(scope, pool, left), wanted: () => true, reached: 'changed' };
  }
  await kube.delete(AddressPoolKind, keyOf(pool), { uid: pool.metadata.uid }, work);
  return { object: pool, wanted: 'gone', reached: 'deleted' };
}

const without = (ranges: readonly AddressRange[], others: readonly AddressRange[]): readonly AddressRange[] =>
  others.reduce<readonly AddressRange[]>((left, other) => left.flatMap((range) => rangeWithout(range, other)), ranges);
