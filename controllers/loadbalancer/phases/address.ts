import { Reason } from '../../../crds/conditions.ts';
import type { AddressPool } from '../../../crds/address-pool.ts';
import { EventReason } from '../../../crds/events.ts';
import type { LoadBalancer } from '../../../crds/load-balancer.ts';
import { isReady } from '../../child.ts';
import { isDeleting } from '../../identity.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { ObjectKey, Stored } from '../../runtime/object.ts';
import type { Step } from '../../runtime/step.ts';
import type { Balancing } from '../../world.ts';
import { chooseAddress, keptAddress } from '../addresses.ts';
import type { Choice, Holder, Market } from '../addresses.ts';
import type { Ticket } from '../foreign.ts';
import { BY_ADDRESS } from '../indexes.ts';
import type { LoadBalancerScope } from '../scope.ts';

/** It is heard of when the host has answered; this is for the case that it is not. */
const LOOK_AGAIN_MS = 5_000;

/** It has an address, which is recorded in its status, and the interface that carries it. */
export async function ensureAddress(scope: LoadBalancerScope): Promise<Step> {
  const { book, balancing, host, signal, status } = scope;
  if (status.address === undefined && !host.hasSpoken) {
    scope.lookForHost();
    return waitFor(Reason.Programming, 'The host is being asked which addresses are its own', LOOK_AGAIN_MS);
  }
  const ticket = scope.foreign.ticket();
  const leave = await book.choosing.enter(signal);
  let choice: Choice;
  try {
    choice = await choose(scope, ticket);
    if ('error' in choice) return fail(choice.error.reason, choice.error.message);
    book.give(scope.object, { address: choice.address, pool: choice.pool });
  } finally {
    leave();
  }
  if (choice.address !== status.address) tell(scope, choice.address);
  const carrier = carrierOf(balancing, { ...status, ...choice, known: status });
  status.address = choice.address;
  if (choice.pool !== undefined) status.pool = choice.pool;
  if (carrier !== undefined) {
    status.interface = carrier;
    return proceed();
  }
  delete status.interface;
  const message = `AddressPool ${status.pool ?? ''} does not say yet which interface carries ${choice.address}`;
  return waitFor(Reason.Programming, message, LOOK_AGAIN_MS);
}

interface Carried {
  readonly address?: string | undefined;
  readonly pool?: string | undefined;
  /** What was said last. */
  readonly known: { readonly address?: string; readonly interface?: string } | undefined;
}

/** The interface of an address: as its pool says, or as was known of it when the pool was there. */
function carrierOf(balancing: Balancing, { address, pool, known }: Carried): string | undefined {
  const said = pool === undefined ? undefined : poolOf(balancing, pool)?.status?.interface;
  const last = known?.address === address ? known?.interface : undefined;
  return said ?? last ?? balancing.loadBalancers.byIndex(BY_ADDRESS, address ?? '').find(isCarried)?.status?.interface;
}

const isCarried = ({ status }: LoadBalancer): boolean => status?.interface !== undefined;

const poolOf = ({ pools }: Balancing, name: string): Stored<AddressPool> | undefined =>
  pools.get({ namespace: '', name });

/** An address that nobody knows an interface for any more, since its pool is gone and what was known of it is lost, is none. */
function unlessLost(balancing: Balancing, holder: Holder): Holder {
  const { pool = '', loadBalancer } = holder;
  if (holder.address === undefined || poolOf(balancing, pool) !== undefined) return holder;
  const isLost = carrierOf(balancing, { ...holder, known: loadBalancer.status }) === undefined;
  return isLost ? { ...holder, address: undefined, pool: undefined } : holder;
}

async function choose(scope: LoadBalancerScope, ticket: Ticket): Promise<Choice> {
  const { object, status, book, balancing } = scope;
  const find = (key: ObjectKey): Stored<LoadBalancer> | undefined => balancing.loadBalancers.get(key);
  book.tidy(find);
  const known = book.holder(object);
  const had = { ...known, address: known.address ?? status.address, pool: known.pool ?? status.pool };
  const self = unlessLost(balancing, had);
  const holders = (all: readonly Stored<LoadBalancer>[]): readonly Holder[] =>
    all
      .filter(({ metadata }) => metadata.uid !== object.metadata.uid)
      .map((other) => unlessLost(balancing, book.holder(other)));
  // Whoever has its address is the rule: that must not cost a look at thousands of others.
  const { address = '' } = self;
  const alike = [...balancing.loadBalancers.byIndex(BY_ADDRESS, address), ...book.given(address, find)];
  const kept = keptAddress(self, holders(alike));
  if (kept !== undefined) return kept;
  const market: Market = {
    pools: balancing.pools.list().filter((pool) => !isDeleting(pool) && isReady(pool)),
    others: holders(balancing.loadBalancers.list()),
    foreign: () => undefined,
  };
  const choice = chooseAddress(self, market);
  if ('error' in choice || choice.address === self.address) return choice;
  // Asked only when it matters: it is a question about every container of the engine.
  const foreign = await foreignAddresses(scope, ticket);
  return chooseAddress(self, { ...market, foreign });
}

/** Who has an address that is not ours: a container, running or not, or the host itself. */
async function foreignAddresses(
  { host, balancing, foreign, signal }: LoadBalancerScope,
  ticket: Ticket,
): Promise<Market['foreign']> {
  // What is ours is taken before the host is looked at: what is unbound in between is not taken for the host's own.
  const seen = await foreign.look(ticket, host.bound, signal);
  // While the host can not be told anything, which of its addresses are ours is not known; it refuses those that are not.
  const isOwn = (address: string): boolean =>
    seen.ours?.has(address) === false &&
    seen.host.has(address) &&
    balancing.loadBalancers.byIndex(BY_ADDRESS, address).length === 0;
  return (address) => {
    const container = seen.containers.get(address);
    if (container !== undefined) return `container ${container}`;
    return isOwn(address) ? 'the host itself' : undefined;
  };
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
