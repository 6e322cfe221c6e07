import type { Address, Desired, Member, VirtualService } from '../dataplane.ts';
import { endpoint, serviceKey } from '../dataplane.ts';
import { addressKey, attributesOf, canonical, sameMember, sameService } from './canonical.ts';

/** One thing that differs. In a list they are in an order in which they can be done. */
export type Change = AddressChange | ServiceRemoval | ServiceChange;

interface AddressChange {
  readonly kind: 'bind' | 'unbind';
  readonly address: Address;
}

interface ServiceRemoval {
  readonly kind: 'removeService';
  readonly service: VirtualService;
}

type ServiceChange =
  /** With its members. */
  | { readonly kind: 'addService'; readonly service: VirtualService }
  /** Everything but its members. */
  | { readonly kind: 'editService'; readonly service: VirtualService; readonly before: VirtualService }
  | {
      readonly kind: 'addMember' | 'editMember' | 'removeMember';
      readonly service: VirtualService;
      readonly member: Member;
    };

/**
 * What makes `before` be `after`, and nothing more. Addresses come before the services that need them and go after those
 * that had them; members are added before others leave, so that a service is not without any in between.
 */
export const diff = (before: Desired, after: Desired): readonly Change[] =>
  differences(canonical(before), canonical(after));

/** The same of canonical forms. */
export function differences(old: Desired, wanted: Desired): readonly Change[] {
  const addresses = compare(old.addresses, wanted.addresses, addressKey);
  const services = compare(old.services, wanted.services, serviceKey);
  return [
    ...addresses.added.map((address): Change => ({ kind: 'bind', address })),
    ...services.removed.map((service): Change => ({ kind: 'removeService', service })),
    ...services.kept.flatMap(([was, is]) => (sameService(was, is) ? [] : changesWithin(was, is))),
    ...services.added.map((service): Change => ({ kind: 'addService', service })),
    ...addresses.removed.map((address): Change => ({ kind: 'unbind', address })),
  ];
}

function changesWithin(before: VirtualService, service: VirtualService): readonly Change[] {
  const members = compare(before.members, service.members, endpoint);
  const edited = members.kept.filter(([was, is]) => !sameMember(was, is));
  return [
    ...(attributesOf(before) === attributesOf(service) ? [] : [{ kind: 'editService' as const, service, before }]),
    ...members.added.map((member): Change => ({ kind: 'addMember', service, member })),
    ...edited.map(([, member]): Change => ({ kind: 'editMember', service, member })),
    ...members.removed.map((member): Change => ({ kind: 'removeMember', service, member })),
  ];
}

interface Comparison<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly kept: readonly (readonly [before: T, after: T])[];
}

function compare<T>(before: readonly T[], after: readonly T[], key: (item: T) => string): Comparison<T> {
  const old = new Map(before.map((item) => [key(item), item]));
  const wanted = new Set(after.map(key));
  return {
    added: after.filter((item) => !old.has(key(item))),
    removed: before.filter((item) => !wanted.has(key(item))),
    kept: after.flatMap((item) => {
      const was = old.get(key(item));
      return was === undefined ? [] : [[was, item] as const];
    }),
  };
}

/** The state that comes of doing these changes: what the twin in memory does, and what proves `diff`. */
export function patch(state: Desired, changes: readonly Change[]): Desired {
  const addresses = new Map(state.addresses.map((address) => [addressKey(address), address]));
  const services = new Map(state.services.map((service) => [serviceKey(service), service]));
  for (const change of changes) {
    switch (change.kind) {
      case 'bind':
        addresses.set(addressKey(change.address), change.address);
        break;
      case 'unbind':
        addresses.delete(addressKey(change.address));
        break;
      case 'removeService':
        services.delete(serviceKey(change.service));
        break;
      default:
        services.set(serviceKey(change.service), changed(services.get(serviceKey(change.service)), change));
    }
  }
  return canonical({ addresses: [...addresses.values()], services: [...services.values()] });
}

function changed(before: VirtualService | undefined, change: ServiceChange): VirtualService {
  if (before === undefined || change.kind === 'addService') return change.service;
  if (change.kind === 'editService') return { ...change.service, members: before.members };
  const others = before.members.filter((member) => endpoint(member) !== endpoint(change.member));
  return { ...before, members: change.kind === 'removeMember' ? others : [...others, change.member] };
}
