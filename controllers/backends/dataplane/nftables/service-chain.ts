import type { Member, Scheduler, VirtualService } from '../../dataplane.ts';
import { endpoint } from '../../dataplane.ts';
import { MASQUERADE_BIT } from '../mark.ts';
import { bit, familyOfAddress } from './skeleton.ts';
import { hash32, slotsOf } from './slots.ts';

/** One rule of a service's chain. The comment says what the rule is for; a reader goes by it. */
export interface ServiceRule {
  readonly comment: string;
  readonly text: string;
}

/** Name of the chain that a service's new connections go through. */
export const chainOf = ({ protocol, address, port }: Pick<VirtualService, 'protocol' | 'address' | 'port'>): string =>
  `svc-${protocol.toLowerCase()}-${address.replaceAll(':', '_')}-${String(port)}`;

/** Name of the map that remembers which member a client has; one a service, as nft's registers do not hold a longer key. */
export const affinityOf = (service: Pick<VirtualService, 'protocol' | 'address' | 'port'>): string =>
  chainOf(service).replace(/^svc-/, 'aff-');

export const isAffinity = (name: string): boolean => name.startsWith('aff-');

/** Packets fill it. A client more than this and its service picks anew for each connection. */
export const affinityBody = ({ address }: VirtualService): string =>
  `type ${familyOfAddress(address).type} : classid; size 65535; flags dynamic,timeout;`;

/** Chains that are ours to remove when no service goes through them. */
export const isServiceChain = (name: string): boolean => name.startsWith('svc-');

/** How a service is written in a set or map: `172.31.255.10 . tcp . 80`. */
export const elementOf = ({ protocol, address, port }: Pick<VirtualService, 'protocol' | 'address' | 'port'>): string =>
  `${address} . ${protocol.toLowerCase()} . ${String(port)}`;

export const memberElementOf = (service: VirtualService, { address, port }: Member): string =>
  `${elementOf(service)} . ${address} . ${String(port)}`;

/**
 * What happens to the first packet of a connection; connection tracking does the same to all the others. However many
 * members there are, they stand in one map of one rule.
 */
export function serviceRules(service: VirtualService): readonly ServiceRule[] {
  const { sourceRanges = [], persistenceSeconds, keepsSource = false, scheduler } = service;
  const { ip } = familyOfAddress(service.address);
  const slots = slotsOf(scheduler, service.members);
  return [
    ...(sourceRanges.length > 0
      ? [{ comment: 'ranges', text: `${ip} saddr != { ${sourceRanges.join(', ')} } drop` }]
      : []),
    ...(keepsSource ? [] : [{ comment: 'source', text: `meta mark set meta mark | ${bit(MASQUERADE_BIT)}` }]),
    ...(persistenceSeconds === undefined ? [] : persistent(service, persistenceSeconds, slots)),
    { comment: `pick ${scheduler}`, text: slots.length === 0 ? 'return' : pick(service, slots) },
    ...slots.slice(0, 1).map((member) => ({ comment: 'else', text: otherwise(service, member) })),
  ];
}

function pick(service: VirtualService, slots: readonly Member[]): string {
  const { ip } = familyOfAddress(service.address);
  const members = slots.map((member, slot) => `${String(slot)} : ${target(member)}`);
  return `${only(service)} dnat ${ip} to ${chosen(service, slots.length)} map { ${members.join(', ')} }`;
}

/**
 * A packet that is on its way through this chain while the chain is written anew goes on by the former rules, and finds their
 * maps empty: the kernel takes elements away for everybody at once. Without a word of its own it would be refused.
 */
const otherwise = (service: VirtualService, member: Member): string =>
  `${only(service)} dnat ${familyOfAddress(service.address).ip} to ${endpoint(member)}`;

/** A port can only be translated of a protocol that is known. */
const only = ({ protocol }: VirtualService): string => `meta l4proto ${protocol.toLowerCase()}`;

const target = ({ address, port }: Member): string => `${address} . ${String(port)}`;

const SEED = '0x51b0';

function chosen({ scheduler, address }: VirtualService, slots: number): string {
  const { ip } = familyOfAddress(address);
  const hashed: Partial<Record<Scheduler, string>> = { sh: `${ip} saddr`, mh: `${ip} saddr`, dh: `${ip} daddr` };
  const what = hashed[scheduler];
  return what === undefined ? `numgen inc mod ${String(slots)}` : `jhash ${what} mod ${String(slots)} seed ${SEED}`;
}

/**
 * The client's member, if it has one that takes connections; else one that is picked and remembered. Between the two
 * statements its number stands in the packet's priority: a register would do, but rules can not name one. The mark would
 * not do: routes are chosen by it. When there is no room to remember, the rule that follows picks without.
 */
function persistent(service: VirtualService, seconds: number, slots: readonly Member[]): readonly ServiceRule[] {
  if (slots.length === 0) return [{ comment: `known ${String(seconds)}`, text: 'continue' }];
  const { ip } = familyOfAddress(service.address);
  const numbers = numbersOf(slots);
  const client = `${ip} saddr`;
  const affinity = `@${affinityOf(service)}`;
  const remember = `update ${affinity} { ${client} timeout ${String(seconds)}s : meta priority }`;
  const members = [...numbers].map(([member, number]) => `${number} : ${target(member)}`);
  const go = `dnat ${ip} to meta priority map { ${members.join(', ')} }`;
  const numbered = slots.map((member, slot) => `${String(slot)} : ${numbers.get(member) ?? ''}`);
  return [
    {
      comment: `known ${String(seconds)}`,
      text: `${only(service)} meta priority set ${client} map ${affinity} ${remember} ${go}`,
    },
    {
      comment: `fresh ${String(seconds)}`,
      // What is remembered and was not good is forgotten first: an update keeps what an element leads to.
      text: `${only(service)} delete ${affinity} { ${client} : meta priority } meta priority set ${chosen(service, slots.length)} map { ${numbered.join(', ')} } ${remember} ${go}`,
    },
  ];
}

/** A number for each member, the same whoever else is there: what is remembered of a client outlives other members. */
function numbersOf(slots: readonly Member[]): ReadonlyMap<Member, string> {
  const numbers = new Map<Member, string>();
  const taken = new Set<string>();
  for (const member of new Set(slots)) {
    let salt = 0;
    let number = numberOf(member, salt);
    while (taken.has(number)) number = numberOf(member, ++salt);
    taken.add(number);
    numbers.set(member, number);
  }
  return numbers;
}

/** As nft prints it; its halves are never 0 or all ones, which have names of their own. */
function numberOf(member: Member, salt: number): string {
  const hash = hash32(`${endpoint(member)} ${String(salt)}`);
  return `${(1 + ((hash >>> 16) % 0xfffe)).toString(16)}:${(1 + ((hash & 0xffff) % 0xfffe)).toString(16)}`;
}
