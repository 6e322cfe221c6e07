import { EventReason } from '../../../crds/events.ts';
import { isReady } from '../../child.ts';
import { isDeleting } from '../../identity.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { World } from '../../world.ts';
import { chooseAddress } from '../addresses.ts';
import type { Choice, Market } from '../addresses.ts';
import type { LoadBalancerScope } from '../scope.ts';

/** It has an address, which is recorded in its status, and the interface that carries it. */
export async function ensureAddress(scope: LoadBalancerScope): Promise<Step> {
  const { book, balancing, signal, status } = scope;
  const leave = await book.choosing.enter(signal);
  let choice: Choice;
  try {
    choice = await choose(scope);
    if ('error' in choice) return fail(choice.error.reason, choice.error.message);
    book.give(scope.object, { address: choice.address, pool: choice.pool });
  } finally {
    leave();
  }
  if (choice.address !== status.address) tell(scope, choice.address);
  status.address = choice.address;
  if (choice.pool !== undefined) status.pool = choice.pool;
  const pool = choice.pool === undefined ? undefined : balancing.pools.get({ namespace: '', name: choice.pool });
  // Of a pool that is gone, what carried its addresses is known still.
  if (pool?.status?.interface !== undefined) status.interface = pool.status.interface;
  return proceed();
}

async function choose({ object, status, book, balancing, world, signal }: LoadBalancerScope): Promise<Choice> {
  const cached = balancing.loadBalancers.list();
  book.tidy(cached);
  const known = book.holder(object);
  const self = { ...known, address: known.address ?? status.address, pool: known.pool ?? status.pool };
  const market: Market = {
    pools: balancing.pools.list().filter((pool) => !isDeleting(pool) && isReady(pool)),
    others: cached.filter(({ metadata }) => metadata.uid !== object.metadata.uid).map((other) => book.holder(other)),
    foreign: () => undefined,
  };
  const choice = chooseAddress(self, market);
  if ('error' in choice || choice.address === self.address) return choice;
  // Asked only when it matters: it is a question about every container of the engine.
  const foreign = await foreignAddresses(world, signal);
  return chooseAddress(self, { ...market, foreign: (address) => foreign.get(address) });
}

/** Addresses that containers have, running or not, by who has them. */
async function foreignAddresses({ containers }: World, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const all = await containers.list({}, signal);
  return new Map(
    all.flatMap(({ name, addresses }) => Object.values(addresses).map((address) => [address, `container ${name}`])),
  );
}

function tell({ object, status, world }: LoadBalancerScope, address: string): void {
  const before = status.address === undefined ? '' : `, instead of ${status.address}`;
  world.events.record({
    object,
    type: 'Normal',
    reason: EventReason.AddressGiven,
    action: 'GiveAddress',
    message: `It has address ${address}${before}`,
  });
}
