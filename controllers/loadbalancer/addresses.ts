import type { AddressPool } from '../../crds/address-pool.ts';
import { AddressHeld, AddressOutsidePools, AddressPoolExhausted, AddressPoolMissing } from '../../crds/errors.ts';
import type { AnyError } from '../../crds/errors.ts';
import { addressText, familyOf } from '../../crds/ip.ts';
import type { AddressRange, Family } from '../../crds/ip.ts';
import { apiLoadBalancer } from '../../crds/load-balancer.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { hasAddress, rangesOf } from '../addresspool/ranges.ts';
import type { Stored } from '../runtime/object.ts';
import { byAge } from './age.ts';

/** A LoadBalancer, and the address that it has or was just given. */
export interface Holder {
  readonly loadBalancer: Stored<LoadBalancer>;
  readonly address: string | undefined;
  readonly pool: string | undefined;
}

/** Everything that decides about an address. */
export interface Market {
  /** Those that give addresses: not being deleted, and without an error. */
  readonly pools: readonly Stored<AddressPool>[];
  /** All other LoadBalancers. */
  readonly others: readonly Holder[];
  /** Who on the host has an address that is not ours: a container, a network's gateway. Undefined: nobody. */
  readonly foreign: (address: string) => string | undefined;
}

export type Choice = { readonly address: string; readonly pool?: string } | { readonly error: AnyError };

/**
 * The address of a LoadBalancer. The one that it has stays, whatever becomes of pools and of others, unless another is asked
 * for. Then it is the one that is asked for, or that of its cluster's other load balancers, or the first free one of the
 * first pool: one that names addresses before one that this host alone can reach, and then the oldest.
 */
export function chooseAddress(self: Holder, market: Market): Choice {
  const { loadBalancer } = self;
  const kept = keptAddress(self, market.others);
  if (kept !== undefined) return kept;
  const { namespace = '' } = loadBalancer.metadata;
  const usable = market.pools.filter((pool) => mayUse(pool, namespace)).sort(byReach);
  const { address: wanted } = loadBalancer.spec;
  if (wanted !== undefined) return askedFor(self, wanted, { ...market, pools: usable });
  const shared = sharedAddress(self, market.others);
  return shared ?? firstFree(loadBalancer, { ...market, pools: usable });
}

/** The address that it has, if it is to keep it. Of others only those that have the same one matter. */
export function keptAddress(self: Holder, others: readonly Holder[]): Choice | undefined {
  if (self.address === undefined || !isStillWanted(self) || isLostTo(self, others)) return undefined;
  return { address: self.address, ...(self.pool !== undefined && { pool: self.pool }) };
}

const isStillWanted = ({ loadBalancer: { spec }, address, pool }: Holder): boolean =>
  spec.address === undefined ? spec.pool === undefined || spec.pool === pool : spec.address === address;

/** Two that were given the same in one moment, by two operators: the older keeps it. */
const isLostTo = (self: Holder, others: readonly Holder[]): boolean =>
  others.some(
    (other) =>
      other.address === self.address && !mayShare(self, other) && byAge(other.loadBalancer, self.loadBalancer) < 0,
  );

/** In one namespace, those of one cluster share their address, and so does whoever asks for it by number. */
function mayShare(a: Holder, b: Holder): boolean {
  const [one, other] = [a.loadBalancer, b.loadBalancer];
  if (one.metadata.namespace !== other.metadata.namespace) return false;
  const isSameCluster = one.spec.cluster !== undefined && one.spec.cluster === other.spec.cluster;
  return isSameCluster || one.spec.address !== undefined || other.spec.address !== undefined;
}

/** Whoever has named addresses wants them used, and not those that are there without asking. */
const byReach = (a: Stored<AddressPool>, b: Stored<AddressPool>): number =>
  Number(a.spec.addresses === undefined) - Number(b.spec.addresses === undefined) || byAge(a, b);

const mayUse = ({ spec }: AddressPool, namespace: string): boolean => spec.namespaces?.includes(namespace) ?? true;

function askedFor(self: Holder, address: string, { pools, others, foreign }: Market): Choice {
  const { name, namespace = '' } = self.loadBalancer.metadata;
  const named = pools.filter(({ metadata }) => [undefined, metadata.name].includes(self.loadBalancer.spec.pool));
  const pool = named.find((each) => hasAddress(each, address));
  if (pool === undefined) return { error: new AddressOutsidePools({ loadBalancer: name, address, namespace }) };
  const holder = others.find((other) => other.address === address && !mayShare(self, other));
  const by = holder === undefined ? foreign(address) : nameOf(holder.loadBalancer);
  if (by !== undefined) return { error: new AddressHeld({ loadBalancer: name, address, by }) };
  return { address, pool: pool.metadata.name };
}

const nameOf = ({ metadata }: LoadBalancer): string => `LoadBalancer ${metadata.namespace ?? ''}/${metadata.name}`;

/** That of the oldest of the same cluster that has not asked for one of its own. */
function sharedAddress(self: Holder, others: readonly Holder[]): Choice | undefined {
  const { spec, metadata } = self.loadBalancer;
  if (spec.cluster === undefined) return undefined;
  const family = familyFor(self.loadBalancer);
  const peer = others
    .filter(({ loadBalancer: other }) => other.spec.cluster === spec.cluster && hasTheClusters(other))
    .filter(({ loadBalancer: other }) => other.metadata.namespace === metadata.namespace)
    .filter(({ pool }) => spec.pool === undefined || spec.pool === pool)
    .filter(({ address }) => address !== undefined && familyOf(address) === family)
    .sort((a, b) => byAge(a.loadBalancer, b.loadBalancer))[0];
  return peer?.address === undefined
    ? undefined
    : { address: peer.address, ...(peer.pool !== undefined && { pool: peer.pool }) };
}

/** An address that one Service has asked for is its own; what was asked for the API server is for all. */
const hasTheClusters = ({ metadata, spec }: LoadBalancer): boolean =>
  spec.address === undefined || metadata.name === apiLoadBalancer(spec.cluster ?? '');

/** Nodes have IPv4 addresses; members of one's own may have others, and an address balances among its own family only. */
const familyFor = ({ spec }: LoadBalancer): Family =>
  spec.members.map((member) => familyOf(member.address ?? '')).find((family) => family !== undefined) ?? 4;

function firstFree(loadBalancer: Stored<LoadBalancer>, { pools, others, foreign }: Market): Choice {
  const { name, namespace = '' } = loadBalancer.metadata;
  const { pool: wanted } = loadBalancer.spec;
  const asked = pools.filter(({ metadata, spec }) =>
    wanted === undefined ? spec.assignment === 'Automatic' : metadata.name === wanted,
  );
  if (asked.length === 0) {
    const pool = wanted === undefined ? {} : { pool: wanted };
    return { error: new AddressPoolMissing({ loadBalancer: name, namespace, ...pool }) };
  }
  const held = new Set(others.map(({ address }) => address));
  const family = familyFor(loadBalancer);
  for (const pool of asked) {
    const ranges = rangesOf(pool).filter((range) => range.family === family);
    for (const range of ranges) {
      const address = firstOf(range, (text) => !held.has(text) && foreign(text) === undefined);
      if (address !== undefined) return { address, pool: pool.metadata.name };
    }
  }
  const names = asked.map(({ metadata }) => metadata.name);
  return { error: new AddressPoolExhausted({ loadBalancer: name, pools: names, family }) };
}

/** Walks no further than there are addresses that are taken, however large the range is. */
function firstOf({ family, first, last }: AddressRange, isFree: (address: string) => boolean): string | undefined {
  for (let number = first; number <= last; number++) {
    const address = addressText(family, number);
    if (isFree(address)) return address;
  }
  return undefined;
}
