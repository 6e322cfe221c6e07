import type { Address, Desired, Member, VirtualService } from '../dataplane.ts';
import { endpoint, serviceKey } from '../dataplane.ts';

/**
 * One way to write down what is meant in many: sorted, without fields that say nothing. Two states are equal exactly when
 * their canonical forms are.
 */
export const canonical = ({ addresses, services }: Desired): Desired =>
  ordered({
    addresses: addresses.map((address) => ({ address: address.address, interface: address.interface })),
    services: services.map(canonicalService),
  });

/** The canonical form of services that are each in theirs. */
export const ordered = ({ addresses, services }: Desired): Desired => ({
  addresses: sortedBy(addresses, addressKey),
  services: sortedBy(services, serviceKey),
});

export function canonicalService(service: VirtualService): VirtualService {
  const { owner, protocol, address, port, scheduler, forwarding, persistenceSeconds = 0, members } = service;
  const sourceRanges = [...new Set(service.sourceRanges ?? [])].sort(byText);
  return {
    owner,
    protocol,
    address,
    port,
    scheduler,
    forwarding,
    ...(persistenceSeconds > 0 && { persistenceSeconds }),
    ...(sourceRanges.length > 0 && { sourceRanges }),
    // Packets that are handed on as they are keep it anyway.
    ...((service.keepsSource === true || forwarding !== 'Masquerade') && { keepsSource: true }),
    members: sortedBy(
      members.map((member) => ({ address: member.address, port: member.port, weight: member.weight })),
      endpoint,
    ),
  };
}

/** What identifies a binding: one address may be on two interfaces while it moves. */
export const addressKey = (address: Address): string => `${address.address} ${address.interface}`;

/** Of two canonical forms. Field by field, as a thousand are compared to find that nothing has changed. */
export function sameService(a: VirtualService, b: VirtualService): boolean {
  return (
    FIELDS.every((field) => a[field] === b[field]) &&
    sameItems(a.sourceRanges ?? [], b.sourceRanges ?? [], (one, other) => one === other) &&
    sameItems(a.members, b.members, sameMember)
  );
}

const FIELDS = [
  ...(['protocol', 'address', 'port', 'owner', 'scheduler', 'forwarding'] as const),
  ...(['persistenceSeconds', 'keepsSource'] as const),
];

const sameItems = <T>(a: readonly T[], b: readonly T[], isSame: (one: T, other: T) => boolean): boolean =>
  a.length === b.length && a.every((item, at) => isSame(item, b[at] as T));

/** Everything of a service but its members. */
export const attributesOf = (service: VirtualService): string => JSON.stringify({ ...service, members: [] });

export const sameMember = (a: Member, b: Member): boolean =>
  a.address === b.address && a.port === b.port && a.weight === b.weight;

/** By code points: the same in every locale. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const sortedBy = <T>(items: readonly T[], key: (item: T) => string): readonly T[] =>
  items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => byText(a.key, b.key))
    .map(({ item }) => item);
