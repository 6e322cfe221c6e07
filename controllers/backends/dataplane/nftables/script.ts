import type { Desired, VirtualService } from '../../dataplane.ts';
import { serviceKey } from '../../dataplane.ts';
import { sameMember, sameService } from '../canonical.ts';
import { Batch } from './batch.ts';
import { affinityBody, affinityOf, chainOf, elementOf, memberElementOf, serviceRules } from './service-chain.ts';
import { declare, familyOfAddress } from './skeleton.ts';
import type { Skeleton } from './skeleton.ts';
import { NO_TABLE } from './state.ts';
import type { ServiceState, TableState } from './state.ts';

/** One transaction, as lines for `nft -f`, that makes the table be what is wanted, in canonical form; empty when it is. */
export function transaction(table: string, skeleton: Skeleton, state: TableState, desired: Desired): readonly string[] {
  const isEmpty = desired.services.length === 0 && desired.addresses.length === 0;
  if (isEmpty) return state === NO_TABLE ? [] : [`delete table inet ${table}`];
  const batch = new Batch(table);
  changeAddresses(batch, state.isIntact ? state.addresses : NO_TABLE.addresses, desired);
  changeServices(batch, state.isIntact ? state : NO_TABLE, desired);
  return [...(state.isIntact ? [] : declare(table, skeleton)), ...batch.lines()];
}

const setOf = (name: string, { address }: Pick<VirtualService, 'address'>): string =>
  `${name}${String(familyOfAddress(address).version)}`;

function changeAddresses(batch: Batch, there: ReadonlySet<string>, desired: Desired): void {
  const wanted = new Set(desired.addresses.map(({ address }) => address));
  for (const address of wanted) if (!there.has(address)) batch.add(setOf('addresses', { address }), address);
  for (const address of there) if (!wanted.has(address)) batch.remove(setOf('addresses', { address }), address);
}

function changeServices(batch: Batch, there: TableState, desired: Desired): void {
  const wanted = new Map(desired.services.map((service) => [serviceKey(service), service]));
  for (const [key, state] of there.services) if (!wanted.has(key)) removeService(batch, state);
  for (const [key, service] of wanted) {
    const state = there.services.get(key);
    if (isAsWanted(state, service)) continue;
    const { persistenceSeconds } = service;
    if (persistenceSeconds !== undefined && !there.affinities.has(affinityOf(service)))
      batch.addMap(affinityOf(service), affinityBody(service));
    rewrite(batch, service, { state, hasChain: there.chains.has(chainOf(service)) });
  }
  removeUnused(batch, there, [...wanted.values()]);
}

/** Also that no member is written down which packets do not go by. */
const isAsWanted = (state: ServiceState | undefined, service: VirtualService): boolean =>
  state?.members.length === service.members.length && state.whole !== undefined && sameService(state.whole, service);

function removeUnused(batch: Batch, { chains, affinities }: TableState, wanted: readonly VirtualService[]): void {
  const used = new Set(wanted.map(chainOf));
  const persistent = wanted.filter(({ persistenceSeconds }) => persistenceSeconds !== undefined);
  const remembered = new Set(persistent.map(affinityOf));
  for (const chain of chains) if (!used.has(chain)) batch.removeChain(chain);
  for (const map of affinities) if (!remembered.has(map)) batch.removeMap(map);
}

function removeService(batch: Batch, state: ServiceState): void {
  const element = elementOf(state);
  if (state.entry !== undefined) batch.remove(setOf('services', state), element);
  if (state.inbound !== undefined) batch.remove(setOf('inbound', state), element);
  if (state.outbound !== undefined) batch.remove(setOf('outbound', state), element);
  for (const { address, port } of state.members)
    batch.remove(setOf('members', state), `${element} . ${address} . ${String(port)}`);
}

interface Found {
  readonly state: ServiceState | undefined;
  readonly hasChain: boolean;
}

/** Counters stay as long as the service has the same owner. */
function rewrite(batch: Batch, service: VirtualService, { state, hasChain }: Found): void {
  const chain = chainOf(service);
  const isSameOwner = state?.entry?.comment === service.owner && state.entry.chain === chain;
  const kept = isSameOwner ? state : undefined;
  if (state !== undefined && !isSameOwner) removeService(batch, state);
  batch.writeChain(chain, serviceRules(service), hasChain);
  changeMembers(batch, service, kept);
  if (kept?.inbound === undefined) batch.add(setOf('inbound', service), elementOf(service));
  if (kept?.outbound === undefined) batch.add(setOf('outbound', service), elementOf(service));
  if (!isSameOwner)
    batch.add(setOf('services', service), `${elementOf(service)} comment "${service.owner}" : jump ${chain}`);
}

function changeMembers(batch: Batch, service: VirtualService, kept: ServiceState | undefined): void {
  const there = kept?.members ?? [];
  const set = setOf('members', service);
  const same = (list: VirtualService['members'], member: VirtualService['members'][number]): boolean =>
    list.some((one) => sameMember(one, member));
  for (const member of there) if (!same(service.members, member)) batch.remove(set, memberElementOf(service, member));
  for (const member of service.members)
    if (!same(there, member)) batch.add(set, `${memberElementOf(service, member)} comment "${String(member.weight)}"`);
}
