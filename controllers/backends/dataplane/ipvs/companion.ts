import type { Desired, VirtualService } from '../../dataplane.ts';
import { serviceKey } from '../../dataplane.ts';
import { parseEndpoint } from './rules.ts';
import { Batch } from '../nftables/batch.ts';
import type { Element, Listing } from '../nftables/listing.ts';
import { elementOf } from '../nftables/service-chain.ts';
import { companionSkeleton, declare, FAMILIES, familyOfAddress } from '../nftables/skeleton.ts';
import { isSkeletonIntact } from '../nftables/state.ts';

/** What our nftables table says of services that IPVS balances. */
export interface Companion {
  readonly isThere: boolean;
  readonly isIntact: boolean;
  readonly addresses: ReadonlySet<string>;
  /** Elements by set and text. */
  readonly elements: ReadonlyMap<string, ReadonlyMap<string, Element>>;
}

export const NO_COMPANION: Companion = { isThere: false, isIntact: false, addresses: new Set(), elements: new Map() };

const SETS = ['services', 'masqueraded', 'guarded', 'clients'] as const;
type SetName = (typeof SETS)[number];

const setNames = (name: string): readonly string[] => FAMILIES.map(({ version }) => `${name}${String(version)}`);

export function interpretCompanion(listing: Listing): Companion {
  const elements = new Map(
    SETS.flatMap(setNames).map((name) => [
      name,
      new Map((listing.sets.get(name) ?? []).map((element) => [element.key.join(' . '), element])),
    ]),
  );
  const addresses = setNames('addresses').flatMap((name) => listing.sets.get(name) ?? []);
  return {
    isThere: true,
    isIntact: isSkeletonIntact(listing, companionSkeleton),
    addresses: new Set(addresses.map(({ key }) => key[0] ?? '')),
    elements,
  };
}

export type Note = Pick<VirtualService, 'owner' | 'sourceRanges' | 'keepsSource'>;

/** What is written down of a service; undefined when nothing is. */
export function noteOf(
  { isIntact, elements }: Companion,
  service: Pick<VirtualService, 'protocol' | 'address' | 'port'>,
): Note | undefined {
  const key = elementOf(service);
  const version = String(familyOfAddress(service.address).version);
  const entry = elements.get(`services${version}`)?.get(key);
  if (!isIntact || entry === undefined) return undefined;
  const clients = [...(elements.get(`clients${version}`)?.keys() ?? [])]
    .filter((element) => element.startsWith(`${key} . `))
    .map((element) => full(element.slice(key.length + 3)));
  const isGuarded = elements.get(`guarded${version}`)?.has(key) === true;
  return {
    owner: entry.comment,
    keepsSource: elements.get(`masqueraded${version}`)?.has(key) !== true,
    // Guarded without anybody that may pass: something was removed, and differs from whatever was wanted.
    ...((isGuarded || clients.length > 0) && { sourceRanges: isGuarded ? clients : [] }),
  };
}

/** One address stands for its /32 or /128. */
const full = (range: string): string =>
  range.includes('/') ? range : `${range}/${range.includes(':') ? '128' : '32'}`;

/** Keys of all services that are written down as ours. */
export function notedKeys({ elements }: Companion): ReadonlySet<string> {
  const keys = setNames('services').flatMap((name) => [...(elements.get(name)?.values() ?? [])]);
  return new Set(
    keys.flatMap(({ key: [address = '', protocol = '', port = ''] }) => {
      const place = parseEndpoint(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
      return place === undefined ? [] : [serviceKey({ protocol: protocol.toUpperCase() as 'TCP', ...place })];
    }),
  );
}

/** One transaction, as lines for `nft -f`, that makes the notes be those of `desired`; empty when they are. */
export function companionTransaction(table: string, there: Companion, desired: Desired): readonly string[] {
  if (desired.services.length === 0 && desired.addresses.length === 0)
    return there.isThere ? [`delete table inet ${table}`] : [];
  const from = there.isIntact ? there : NO_COMPANION;
  const wanted = wantedElements(desired);
  const batch = new Batch(table);
  for (const [set, elements] of wanted) change(batch, set, presentIn(from, set), elements);
  return [...(there.isIntact ? [] : declare(table, companionSkeleton)), ...batch.lines()];
}

/** Comment by element. */
type Elements = ReadonlyMap<string, string>;

const presentIn = ({ addresses, elements }: Companion, set: string): Elements =>
  set.startsWith('addresses')
    ? new Map([...addresses].filter((address) => set.endsWith(address.includes(':') ? '6' : '4')).map((a) => [a, '']))
    : new Map([...(elements.get(set) ?? [])].map(([key, { comment }]) => [full4(set, key), comment]));

const full4 = (set: string, key: string): string => {
  if (!set.startsWith('clients')) return key;
  const parts = key.split(' . ');
  return [...parts.slice(0, 3), full(parts[3] ?? '')].join(' . ');
};

function wantedElements({ addresses, services }: Desired): ReadonlyMap<string, Elements> {
  const sets = new Map<string, Map<string, string>>(
    ['addresses', ...SETS].flatMap(setNames).map((name) => [name, new Map<string, string>()]),
  );
  const put = (name: SetName | 'addresses', address: string, element: string, comment = ''): void => {
    sets.get(`${name}${String(familyOfAddress(address).version)}`)?.set(element, comment);
  };
  for (const { address } of addresses) put('addresses', address, address);
  for (const service of services) {
    const { address, owner, keepsSource, sourceRanges = [] } = service;
    const key = elementOf(service);
    put('services', address, key, owner);
    if (keepsSource !== true) put('masqueraded', address, key);
    if (sourceRanges.length > 0) put('guarded', address, key);
    for (const range of sourceRanges) put('clients', address, `${key} . ${range}`);
  }
  return sets;
}

function change(batch: Batch, set: string, there: Elements, wanted: Elements): void {
  const isSame = (element: string): boolean => there.has(element) && there.get(element) === wanted.get(element);
  for (const element of there.keys()) if (!isSame(element)) batch.remove(set, element);
  for (const [element, comment] of wanted)
    if (!isSame(element)) batch.add(set, comment === '' ? element : `${element} comment "${comment}"`);
}

/** What is written down once a transaction has made it be what is wanted. */
export function companionOf(desired: Desired): Companion {
  if (desired.services.length === 0 && desired.addresses.length === 0) return NO_COMPANION;
  const noted = ([element, comment]: readonly [string, string]): readonly [string, Element] => [
    element,
    { key: element.split(' . '), comment, packets: 0, bytes: 0 },
  ];
  const sets = [...wantedElements(desired)].filter(([set]) => !set.startsWith('addresses'));
  return {
    isThere: true,
    isIntact: true,
    addresses: new Set(desired.addresses.map(({ address }) => address)),
    elements: new Map(sets.map(([set, elements]) => [set, new Map([...elements].map(noted))])),
  };
}
