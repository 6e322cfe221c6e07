import { Reason } from '../../../crds/conditions.ts';
import { idOf } from '../../identity.ts';
import { BY_POOL } from '../../loadbalancer/indexes.ts';
import { proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { AddressPoolScope } from '../scope.ts';
import { countAddresses } from './addresses.ts';
import { ensureDockerNetwork } from './docker-network.ts';

const SHOWN = 10;

/** Whoever has an address keeps it until it is deleted itself; until then what carries the address stays too. */
export async function awaitUnused(scope: AddressPoolScope): Promise<Step> {
  const { object, balancing } = scope;
  const users = balancing.loadBalancers.byIndex(BY_POOL, object.metadata.name);
  if (users.length === 0) return proceed();
  await ensureDockerNetwork(scope);
  await countAddresses(scope);
  const names = users.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  const more = names.length > SHOWN ? ` and ${String(names.length - SHOWN)} more` : '';
  return waitFor(
    Reason.AddressesInUse,
    `LoadBalancers have its addresses: ${names.slice(0, SHOWN).join(', ')}${more}. Delete them, or their clusters`,
    10_000,
  );
}

export async function removeDockerNetwork({ object, world, signal }: AddressPoolScope): Promise<Step> {
  for (const network of await world.containers.networks.findByOwner(idOf(object), signal)) {
    await world.containers.networks.remove(network.id, signal);
  }
  return proceed();
}
