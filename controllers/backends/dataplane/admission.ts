import ipaddr from 'ipaddr.js';
import type { Address, Capabilities, Desired, Refusal, VirtualService } from '../dataplane.ts';
import { endpoint, serviceKey } from '../dataplane.ts';

export interface Admitted {
  readonly desired: Desired;
  readonly refused: readonly Refusal[];
}

/**
 * Parts what a dataplane can do from what it can not, so that one service that is wrong does not keep a thousand others
 * from working. Whoever declares services refuses most of this earlier, in words of their own; here is the last gate
 * before the kernel. `refused` tells of the addresses that can not be bound as well.
 */
export function admit(
  { addresses, services }: Desired,
  able: Capabilities,
  /** Addresses that can not be bound, which are left out already. */
  unbound: readonly Refusal[] = [],
): Admitted {
  const refused: Refusal[] = [...unbound];
  const bound = addresses.filter((address) => {
    const why = wrongWithAddress(address);
    if (why !== undefined) refused.push({ subject: address.address, why });
    return why === undefined;
  });
  const known = new Set(bound.map(({ address }) => address));
  const lost = new Map(refused.map(({ subject, why }) => [subject, why]));
  const taken = new Set<string>();
  const family = familiesOf();
  const admitted = services.filter((service) => {
    const key = serviceKey(service);
    const why = wrongWith(service, { able, known, lost, taken, family });
    if (why === undefined) taken.add(key);
    else refused.push({ subject: key, why });
    return why === undefined;
  });
  return { desired: { addresses: bound, services: admitted }, refused };
}

interface Surroundings {
  readonly able: Capabilities;
  readonly known: ReadonlySet<string>;
  /** Why others can not be bound. */
  readonly lost: ReadonlyMap<string, string>;
  readonly taken: ReadonlySet<string>;
  readonly family: (address: string) => 4 | 6 | undefined;
}

/** Names of network interfaces as the kernel takes them; never a word that a tool could take for an option. */
const INTERFACE = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$/;
const OWNER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const LONGEST_PERSISTENCE_SECONDS = 86_400 * 31;

function wrongWithAddress({ address, interface: name }: Address): string | undefined {
  if (familyOf(address) === undefined) return `${JSON.stringify(address)} is no canonical IPv4 or IPv6 address.`;
  if (!INTERFACE.test(name)) return `${JSON.stringify(name)} is no name of a network interface.`;
  return undefined;
}

const wrongWith = (service: VirtualService, around: Surroundings): string | undefined =>
  wrongIdentity(service, around) ??
  wrongManner(service, around.able) ??
  wrongClients(service) ??
  wrongMembers(service, around);

function wrongIdentity(service: VirtualService, { known, lost, taken }: Surroundings): string | undefined {
  const { owner, address, port } = service;
  if (!OWNER.test(owner)) return `${JSON.stringify(owner)} is no id of an owner.`;
  if (!known.has(address)) return wrongPlace(address, lost.get(address));
  if (!isPort(port)) return `Port ${String(port)} is not between 1 and 65535.`;
  if (taken.has(serviceKey(service))) return 'Another service has this address, protocol and port already.';
  return undefined;
}

const wrongPlace = (address: string, why: string | undefined): string =>
  why === undefined
    ? `Its address ${address} is not one that is to be bound.`
    : `Its address ${address} can not be bound: ${why}`;

function wrongManner(service: VirtualService, able: Capabilities): string | undefined {
  const { scheduler, forwarding, protocol, persistenceSeconds: seconds = 0 } = service;
  if (!able.schedulers.includes(scheduler)) return lacks(able, 'scheduler', scheduler, able.schedulers);
  if (!able.forwarding.includes(forwarding)) return lacks(able, 'forwarding method', forwarding, able.forwarding);
  if (!able.protocols.includes(protocol)) return lacks(able, 'protocol', protocol, able.protocols);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_PERSISTENCE_SECONDS)
    return `A persistence of ${String(seconds)} s is not between 0 and 31 days.`;
  return undefined;
}

const lacks = (able: Capabilities, what: string, wanted: string, has: readonly string[]): string =>
  `The dataplane in use (${able.kind}) has no ${what} ${wanted}; it has ${has.join(', ')}.`;

function wrongClients({ address, sourceRanges = [] }: VirtualService): string | undefined {
  const wrong = sourceRanges.find((range) => !isRangeOf(familyOf(address), range));
  return wrong === undefined
    ? undefined
    : `${JSON.stringify(wrong)} is no CIDR without host bits of the family of ${address}.`;
}

function wrongMembers(service: VirtualService, { family }: Surroundings): string | undefined {
  const seen = new Set<string>();
  for (const member of service.members) {
    const name = endpoint(member);
    if (family(member.address) !== family(service.address))
      return `Member ${name} is no address of the family of ${service.address}.`;
    if (!isPort(member.port)) return `Member ${name} has a port that is not between 1 and 65535.`;
    if (!Number.isInteger(member.weight) || member.weight < 0 || member.weight > HEAVIEST)
      return `Member ${name} has weight ${String(member.weight)}, which is not between 0 and ${String(HEAVIEST)}.`;
    if (service.forwarding !== 'Masquerade' && member.port !== service.port)
      return `Member ${name} has another port than its service, which ${service.forwarding} forwarding can not translate.`;
    if (seen.has(name)) return `Member ${name} is there twice.`;
    seen.add(name);
  }
  return undefined;
}

const HEAVIEST = 255;

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

/** Asks once for each address: a thousand services have a handful of members. */
function familiesOf(): (address: string) => 4 | 6 | undefined {
  const known = new Map<string, 4 | 6 | undefined>();
  return (address) => {
    if (!known.has(address)) known.set(address, familyOf(address));
    return known.get(address);
  };
}

/** 4 or 6; undefined for what is no address, or one that is not written in its canonical form. */
export function familyOf(address: string): 4 | 6 | undefined {
  if (!ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.parse(address);
  const text = parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString();
  return text === address ? (parsed.kind() === 'ipv4' ? 4 : 6) : undefined;
}

function isRangeOf(family: 4 | 6 | undefined, range: string): boolean {
  if (!ipaddr.isValidCIDR(range)) return false;
  const [address, prefix] = range.split('/') as [string, string];
  if (familyOf(address) !== family || !/^\d{1,3}$/.test(prefix)) return false;
  const Parser = family === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  return Parser.networkAddressFromCIDR(range).toString() === Parser.parse(address).toString();
}
