import type { Counters, Desired, Member, Protocol, Scheduler, VirtualService } from '../../dataplane.ts';
import { endpoint } from '../../dataplane.ts';
import { canonicalService } from '../canonical.ts';
import { scalar } from './listing.ts';
import type { Element, ListedRule, Listing } from './listing.ts';
import { affinityOf, chainOf, isAffinity, isServiceChain, serviceRules } from './service-chain.ts';
import { FAMILIES, ruleComment } from './skeleton.ts';
import type { Skeleton } from './skeleton.ts';
import { NFT_SCHEDULERS, slotsOf } from './slots.ts';

/** What a listing of our table means. */
export interface TableState {
  /** Whether the part that is always the same is as this version makes it; if not, the table is made anew. */
  readonly isIntact: boolean;
  readonly addresses: ReadonlySet<string>;
  /** By `serviceKey`, whole or in pieces. */
  readonly services: ReadonlyMap<string, ServiceState>;
  /** Chains of services. */
  readonly chains: ReadonlySet<string>;
  /** Maps that remember clients' members. */
  readonly affinities: ReadonlySet<string>;
}

/** All that is there of one service; any part may be missing. */
export interface ServiceState {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  entry?: Element;
  inbound?: Element;
  outbound?: Element;
  members: Member[];
  rules?: readonly ListedRule[];
  /** The service that these pieces are; absent when one is missing or wrong. */
  whole?: VirtualService;
}

export const NO_TABLE: TableState = {
  isIntact: false,
  addresses: new Set(),
  services: new Map(),
  chains: new Set(),
  affinities: new Set(),
};

export function interpretTable(listing: Listing, skeleton: Skeleton): TableState {
  const services = new Map<string, ServiceState>();
  const part = (key: readonly string[], set: (state: ServiceState) => void): void => {
    const [address = '', protocol = '', port = ''] = key;
    const name = key.slice(0, 3).join(' ');
    const state = services.get(name) ?? {
      protocol: protocol.toUpperCase() as Protocol,
      address,
      port: Number(port),
      members: [],
    };
    set(state);
    services.set(name, state);
  };
  const each = (name: string, use: (element: Element) => (state: ServiceState) => void): void => {
    for (const { version } of FAMILIES) {
      for (const element of listing.sets.get(`${name}${String(version)}`) ?? []) part(element.key, use(element));
    }
  };
  each('services', (element) => (state) => (state.entry = element));
  each('inbound', (element) => (state) => (state.inbound = element));
  each('outbound', (element) => (state) => (state.outbound = element));
  each('members', ({ key, comment }) => (state) => {
    state.members.push({ address: key[3] ?? '', port: Number(key[4]), weight: Number(comment) });
  });
  for (const state of services.values()) {
    const chain = listing.chains.get(chainOf(state));
    if (chain !== undefined) state.rules = chain.rules;
    const whole = interpretService(state);
    if (whole !== undefined) state.whole = whole;
  }
  return {
    isIntact: isSkeletonIntact(listing, skeleton),
    addresses: new Set(FAMILIES.flatMap(({ version }) => keysOf(listing, `addresses${String(version)}`))),
    services: new Map([...services.values()].map((state) => [stateKey(state), state])),
    chains: new Set([...listing.chains.keys()].filter(isServiceChain)),
    affinities: new Set([...listing.sets.keys()].filter(isAffinity)),
  };
}

const stateKey = ({ protocol, address, port }: ServiceState): string => `${protocol} ${endpoint({ address, port })}`;

const keysOf = (listing: Listing, set: string): readonly string[] =>
  (listing.sets.get(set) ?? []).flatMap(({ key }) => key.slice(0, 1));

export function isSkeletonIntact(listing: Listing, { sets, chains }: Skeleton): boolean {
  return (
    sets.every(({ name }) => listing.sets.has(name)) &&
    chains.every(({ name, type, hook, priority, rules }) => {
      const chain = listing.chains.get(name);
      return (
        chain?.type === type &&
        chain.hook === hook &&
        chain.priority === priority &&
        chain.policy === 'accept' &&
        sameList(
          chain.rules.map(({ comment }) => comment),
          rules.map(ruleComment),
        )
      );
    })
  );
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, at) => item === b[at]);

/**
 * The service that these pieces are; undefined when one is missing or wrong. It goes by what packets go by: members that
 * are written down and that no slot leads to are not there.
 */
function interpretService(state: ServiceState): VirtualService | undefined {
  const { entry, inbound, outbound, rules = [], protocol, address, port } = state;
  if (entry?.chain !== chainOf(state) || inbound === undefined || outbound === undefined) return undefined;
  const manner = mannerOf(rules);
  if (manner === undefined) return undefined;
  const slots = slotsIn(rules.find(isPick));
  const members = state.members.filter((member) => member.weight === 0 || slots.includes(endpoint(member)));
  const service = canonicalService({
    owner: entry.comment,
    protocol,
    address,
    port,
    forwarding: 'Masquerade',
    ...manner,
    members,
  });
  const expected = slotsOf(service.scheduler, service.members).map(endpoint);
  const isWhole =
    sameList(slots, expected) &&
    sameList(
      rules.map(({ comment }) => comment),
      serviceRules(service).map(({ comment }) => comment),
    );
  // Slots that lead elsewhere are told by leaving out those that they should lead to: something differs, and is written.
  return isWhole ? service : partly(service, slots);
}

/** The members that its slots lead to, when those are members at all. */
function partly(service: VirtualService, slots: readonly string[]): VirtualService | undefined {
  const isKnown = slots.every((slot) => service.members.some((member) => endpoint(member) === slot));
  return isKnown && service.scheduler === 'rr' ? service : undefined;
}

const PICK = /^pick /;
const isPick = ({ comment }: ListedRule): boolean => PICK.test(comment);

type Manner = Pick<VirtualService, 'scheduler'> & Partial<VirtualService>;

/** What the comments of a chain's rules say, and the ranges that stand in them. */
function mannerOf(rules: readonly ListedRule[]): Manner | undefined {
  const comments = rules.map(({ comment }) => comment);
  const scheduler = rules.find(isPick)?.comment.replace(PICK, '');
  if (!isScheduler(scheduler)) return undefined;
  const known = comments.find((comment) => comment.startsWith('known '));
  const ranges = rules.find(({ comment }) => comment === 'ranges');
  const sourceRanges = ranges && rangesIn(ranges);
  if (ranges !== undefined && sourceRanges === undefined) return undefined;
  return {
    scheduler,
    keepsSource: !comments.includes('source'),
    ...(known !== undefined && { persistenceSeconds: Number(known.slice('known '.length)) }),
    ...(sourceRanges !== undefined && { sourceRanges }),
  };
}

const isScheduler = (name: string | undefined): name is Scheduler =>
  (NFT_SCHEDULERS as readonly (string | undefined)[]).includes(name);

/** Where the slots of a rule lead, in their order; empty when it is not one of ours, or leads nowhere. */
function slotsIn(rule: ListedRule | undefined): readonly string[] {
  const { dnat } = (rule?.statements.at(-1) ?? {}) as { readonly dnat?: { readonly addr?: unknown } };
  const { map } = (dnat?.addr ?? {}) as { readonly map?: { readonly data?: { readonly set?: unknown } } };
  const slots = map?.data?.set;
  if (!Array.isArray(slots)) return [];
  const led = (slots as [number, { readonly concat?: readonly [string, number] }][]).map(
    ([slot, { concat }]) => [slot, concat] as const,
  );
  return led
    .sort(([a], [b]) => a - b)
    .map(([, concat]) => (concat === undefined ? '' : endpoint({ address: concat[0], port: concat[1] })));
}

interface Matched {
  readonly match?: { readonly op: string; readonly right: unknown };
}

/** As they were written: one address stands for its /32 or /128. */
function rangesIn({ statements }: ListedRule): readonly string[] | undefined {
  const { match } = (statements[0] ?? {}) as Matched;
  if (match?.op !== '!=') return undefined;
  const { set } = match.right as { readonly set?: readonly unknown[] };
  const full = (range: string): string => `${range}/${range.includes(':') ? '128' : '32'}`;
  return (set ?? [match.right]).map(scalar).map((range) => (range.includes('/') ? range : full(range)));
}

/** What is there once a transaction has made it be what is wanted, in its canonical form; nothing has been counted. */
export function tableOf({ addresses, services }: Desired): TableState {
  if (addresses.length === 0 && services.length === 0) return NO_TABLE;
  const states = services.map((service): ServiceState => {
    const { protocol, address, port, members } = service;
    const element: Element = {
      key: [address, protocol.toLowerCase(), String(port)],
      ...{ comment: '', packets: 0, bytes: 0 },
    };
    const entry = { ...element, comment: service.owner, chain: chainOf(service) };
    return {
      protocol,
      address,
      port,
      members: [...members],
      entry,
      inbound: element,
      outbound: element,
      whole: service,
    };
  });
  return {
    isIntact: true,
    addresses: new Set(addresses.map(({ address }) => address)),
    services: new Map(states.map((state) => [stateKey(state), state])),
    chains: new Set(services.map(chainOf)),
    affinities: new Set(services.filter(({ persistenceSeconds }) => persistenceSeconds !== undefined).map(affinityOf)),
  };
}

export const countersOf = ({ entry, inbound, outbound }: ServiceState): Counters => ({
  connections: entry?.packets ?? 0,
  inbound: { packets: inbound?.packets ?? 0, bytes: inbound?.bytes ?? 0 },
  outbound: { packets: outbound?.packets ?? 0, bytes: outbound?.bytes ?? 0 },
});
