import type { Desired, VirtualService } from '../../dataplane.ts';
import { serviceKey } from '../../dataplane.ts';
import { canonicalService, sameMember } from '../canonical.ts';
import { affinityBody, affinityOf, chainOf, elementOf, memberElementOf, serviceRules } from './service-chain.ts';
import { declare, familyOfAddress } from './skeleton.ts';
import type { Skeleton } from './skeleton.ts';
import { NO_TABLE } from './state.ts';
import type { ServiceState, TableState } from './state.ts';

/** One transaction, as lines for `nft -f`, that makes the table be what is wanted; empty when it is. */
export function transaction(table: string, skeleton: Skeleton, state: TableState, desired: Desired): readonly string[] {
  const isEmpty = desired.services.length === 0 && desired.addresses.length === 0;
  if (isEmpty) return state === NO_TABLE ? [] : [`delete table inet ${table}`];
  const from = state.isIntact ? state : NO_TABLE;
  return [
    ...(state.isIntact ? [] : declare(table, skeleton)),
    ...addressLines(table, from.addresses, desired),
    ...serviceLines(table, from, desired),
  ];
}

function addressLines(table: string, there: ReadonlySet<string>, desired: Desired): readonly string[] {
  const wanted = new Set(desired.addresses.map(({ address }) => address));
  const line = (verb: string) => (address: string) =>
    `${verb} element inet ${table} addresses${String(familyOfAddress(address).version)} { ${address} }`;
  return [
    ...[...wanted].filter((address) => !there.has(address)).map(line('add')),
    ...[...there].filter((address) => !wanted.has(address)).map(line('delete')),
  ];
}

function serviceLines(
  table: string,
  { services, chains, affinities }: TableState,
  desired: Desired,
): readonly string[] {
  const wanted = new Map(desired.services.map((service) => [serviceKey(service), canonicalService(service)]));
  const used = new Set([...wanted.values()].map(chainOf));
  const persistent = [...wanted.values()].filter(({ persistenceSeconds }) => persistenceSeconds !== undefined);
  const remembered = new Set(persistent.map(affinityOf));
  return [
    ...persistent
      .filter((service) => !affinities.has(affinityOf(service)))
      .map((service) => `add map inet ${table} ${affinityOf(service)} { ${affinityBody(service)} }`),
    ...[...services].filter(([key]) => !wanted.has(key)).flatMap(([, state]) => removal(table, state)),
    ...[...wanted].flatMap(([key, service]) => {
      const state = services.get(key);
      const there = state?.whole;
      const isSame =
        JSON.stringify(there) === JSON.stringify(service) && state?.members.length === service.members.length;
      return isSame ? [] : rewrite(table, service, { state, hasChain: chains.has(chainOf(service)) });
    }),
    ...[...chains]
      .filter((chain) => !used.has(chain))
      .flatMap((chain) => [`flush chain inet ${table} ${chain}`, `delete chain inet ${table} ${chain}`]),
    ...[...affinities].filter((map) => !remembered.has(map)).map((map) => `delete map inet ${table} ${map}`),
  ];
}

const inSet = (table: string, set: string, { address }: Pick<VirtualService, 'address'>): string =>
  `element inet ${table} ${set}${String(familyOfAddress(address).version)}`;

function removal(table: string, state: ServiceState): readonly string[] {
  const element = elementOf(state);
  return [
    ...(state.entry === undefined ? [] : [`delete ${inSet(table, 'services', state)} { ${element} }`]),
    ...(state.inbound === undefined ? [] : [`delete ${inSet(table, 'inbound', state)} { ${element} }`]),
    ...(state.outbound === undefined ? [] : [`delete ${inSet(table, 'outbound', state)} { ${element} }`]),
    ...state.members.map(
      ({ address, port }) => `delete ${inSet(table, 'members', state)} { ${element} . ${address} . ${String(port)} }`,
    ),
  ];
}

interface Found {
  readonly state: ServiceState | undefined;
  readonly hasChain: boolean;
}

/** Counters stay as long as the service has the same owner. */
function rewrite(table: string, service: VirtualService, { state, hasChain }: Found): readonly string[] {
  const chain = chainOf(service);
  const isSameOwner = state?.entry?.comment === service.owner && state.entry.chain === chain;
  const kept = isSameOwner ? state : undefined;
  const counted = (set: 'inbound' | 'outbound'): readonly string[] =>
    kept?.[set] === undefined ? [`add ${inSet(table, set, service)} { ${elementOf(service)} }`] : [];
  return [
    ...(state === undefined || isSameOwner ? [] : removal(table, state)),
    `${hasChain ? 'flush' : 'add'} chain inet ${table} ${chain}`,
    ...serviceRules(service).map(({ text, comment }) => `add rule inet ${table} ${chain} ${text} comment "${comment}"`),
    ...memberLines(table, service, kept),
    ...counted('inbound'),
    ...counted('outbound'),
    ...(isSameOwner
      ? []
      : [
          `add ${inSet(table, 'services', service)} { ${elementOf(service)} comment "${service.owner}" : jump ${chain} }`,
        ]),
  ];
}

function memberLines(table: string, service: VirtualService, kept: ServiceState | undefined): readonly string[] {
  const there = kept?.members ?? [];
  const set = inSet(table, 'members', service);
  const same = (list: VirtualService['members'], member: VirtualService['members'][number]): boolean =>
    list.some((one) => sameMember(one, member));
  return [
    ...there
      .filter((member) => !same(service.members, member))
      .map((member) => `delete ${set} { ${memberElementOf(service, member)} }`),
    ...service.members
      .filter((member) => !same(there, member))
      .map((member) => `add ${set} { ${memberElementOf(service, member)} comment "${String(member.weight)}" }`),
  ];
}
