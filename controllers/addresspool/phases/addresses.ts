import { AddressPoolInvalid, AddressPoolOverlap } from '../../../crds/errors.ts';
import { addressText, blockRange, isWithin } from '../../../crds/ip.ts';
import type { Route } from '../../backends/host.ts';
import { isDeleting } from '../../identity.ts';
import { BY_POOL } from '../../loadbalancer/indexes.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { firstInvalid, overlapWith, rangesOf, totalOf } from '../ranges.ts';
import type { AddressPoolScope } from '../scope.ts';

/** What there is of it, also while it gives nothing. */
export function countAddresses({ object, status, balancing }: AddressPoolScope): Promise<Step> {
  const self = { ...object, status };
  const ranges = rangesOf(self);
  status.total = totalOf(ranges);
  const users = balancing.loadBalancers.byIndex(BY_POOL, object.metadata.name);
  const used = new Set(users.flatMap((user) => user.status?.address ?? []));
  status.used = [...used].filter((address) => ranges.some((range) => isWithin(range, address))).length;
  return Promise.resolve(proceed());
}

/** Its addresses are ones, no older pool has any of them, and it is known which interface carries them. */
export async function ensureAddresses({ object, status, world, balancing, signal }: AddressPoolScope): Promise<Step> {
  const { name: pool } = object.metadata;
  const self = { ...object, status };
  const invalid = firstInvalid(self);
  if (invalid !== undefined) {
    const error = new AddressPoolInvalid({ pool, range: invalid });
    return fail(error.reason, error.message);
  }
  if (object.spec.addresses !== undefined) {
    status.interface = object.spec.interface ?? carrierOf(self, await world.host.routes(signal));
  }
  const overlap = overlapWith(
    self,
    balancing.pools.list().filter((other) => !isDeleting(other)),
  );
  if (overlap === undefined) return proceed();
  const by = `AddressPool ${overlap.by.metadata.name}, which is older,`;
  const error = new AddressPoolOverlap({ pool, range: overlap.range, by });
  return fail(error.reason, error.message);
}

/** Of an address that no neighbour of the host could have, nobody asks but the host itself. */
const NOWHERE = 'lo';

function carrierOf(pool: AddressPoolScope['object'], routes: readonly Route[]): string {
  const first = rangesOf(pool)[0];
  if (first === undefined) return NOWHERE;
  const address = addressText(first.family, first.first);
  const leading = routes
    .flatMap((route) => ({ route, block: blockRange(route.destination) }))
    .filter(({ block }) => block !== undefined && isWithin(block, address))
    .sort((a, b) => prefixOf(b.route) - prefixOf(a.route))[0];
  return leading?.route.device ?? NOWHERE;
}

const prefixOf = ({ destination }: Route): number => Number(destination.split('/')[1] ?? 0);
