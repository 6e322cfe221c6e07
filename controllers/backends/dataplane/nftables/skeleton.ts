import { createHash } from 'node:crypto';
import { MASQUERADE_BIT, OURS_BIT } from '../mark.ts';

/** The part of our table that is the same whatever is balanced: its sets, and the chains that packets enter by. */
export interface Skeleton {
  readonly sets: readonly SetDeclaration[];
  readonly chains: readonly BaseChain[];
}

export interface SetDeclaration {
  readonly name: string;
  readonly kind: 'set' | 'map';
  /** What stands between the braces. */
  readonly body: string;
}

export interface BaseChain {
  readonly name: string;
  readonly type: 'filter' | 'nat';
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
  readonly priority: number;
  readonly rules: readonly string[];
}

/** What differs between the two families that the table serves. */
export interface Family {
  readonly version: 4 | 6;
  /** How nft calls it. */
  readonly ip: 'ip' | 'ip6';
  readonly type: 'ipv4_addr' | 'ipv6_addr';
}

export const FAMILIES: readonly Family[] = [
  { version: 4, ip: 'ip', type: 'ipv4_addr' },
  { version: 6, ip: 'ip6', type: 'ipv6_addr' },
];

export const familyOfAddress = (address: string): Family => FAMILIES[address.includes(':') ? 1 : 0] as Family;

/** After connection tracking (-200), before any translation (-100): what comes still has its virtual address. */
const BEFORE_TRANSLATION = -150;
/** Among chains that translate the first one wins: before Docker's published ports and the host's own rules (-100, 100). */
const FIRST_TO_TRANSLATE = { destination: -110, source: 90 };
/** Before Docker's and firewalld's filters (0, 10), which then find the mark. */
const BEFORE_FILTERS = -150;
/** After every translation (100): what goes has its virtual address again. */
const AFTER_TRANSLATION = 300;

const both = (rule: (family: Family) => readonly string[]): readonly string[] => FAMILIES.flatMap(rule);

export const bit = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/** The sets and chains that nftables as a balancer and as IPVS' companion have in common. */
const commonSets: readonly SetDeclaration[] = [
  ...FAMILIES.map(({ version, type }): SetDeclaration => ({
    name: `addresses${String(version)}`,
    kind: 'set',
    body: `type ${type};`,
  })),
  // Holds pairs of one interface with itself, for those that clients come in by. Looked up with the interface that a packet
  // came in by and the one that it leaves by, it tells whether they are the same, which nft can not compare.
  { name: 'same', kind: 'set', body: 'type iface_index . iface_index; size 4096; flags dynamic,timeout; timeout 1h;' },
];

/** Notes by which interfaces clients come in. */
const noteInterface = both(({ ip, version }) => [
  `${ip} daddr @addresses${String(version)} update @same { iif . iif }`,
]);

const commonChains: readonly BaseChain[] = [
  {
    name: 'forwarded',
    type: 'filter',
    hook: 'forward',
    priority: BEFORE_FILTERS,
    rules: both(({ ip, version }) => [
      `ct original ${ip} daddr @addresses${String(version)} meta mark set meta mark | ${bit(OURS_BIT)}`,
      // The member would answer such a client directly, from an address that it never asked. Here and not where sources are
      // translated: what a bridge forwards has lost the interface that it came in by until then.
      `ct original ${ip} daddr @addresses${String(version)} iif . oif @same meta mark set meta mark | ${bit(MASQUERADE_BIT)}`,
    ]),
  },
  {
    name: 'source',
    type: 'nat',
    hook: 'postrouting',
    priority: FIRST_TO_TRANSLATE.source,
    rules: [
      `meta mark & ${bit(MASQUERADE_BIT)} == ${bit(MASQUERADE_BIT)} masquerade`,
      ...both(({ ip, version }) => [
        // As above, for what IPVS sends: it was never forwarded, and still knows where it came in. What still has its virtual
        // address goes to a member that has it too, and answers the client directly.
        `ct original ${ip} daddr @addresses${String(version)} ${ip} daddr != @addresses${String(version)} iif . oif @same masquerade`,
        // From the host itself: it takes the virtual address for its own, which members may as well.
        `${ip} saddr @addresses${String(version)} ct original ${ip} daddr @addresses${String(version)} masquerade`,
        // Translated to itself: otherwise Docker would masquerade what leaves one of its networks for another.
        `ct original ${ip} daddr @addresses${String(version)} snat ${ip} to ${ip} saddr`,
      ]),
    ],
  },
];

const key = (ip: Family['ip'], direction: 'd' | 's'): string =>
  `${ip} ${direction}addr . meta l4proto . th ${direction}port`;

const countInbound = both(({ ip, version }) => [`${key(ip, 'd')} @inbound${String(version)}`]);
const countOutbound = both(({ ip, version }) => [`ct direction reply ${key(ip, 's')} @outbound${String(version)}`]);

const lookUp = both(({ ip, version }) => [`${key(ip, 'd')} vmap @services${String(version)}`]);

/** What found no service: otherwise programs of the host, and ports that Docker publishes, would answer on our addresses. */
const refuseArriving = both(({ ip, version }) => [
  `${ip} daddr @addresses${String(version)} meta l4proto tcp reject with tcp reset`,
  `${ip} daddr @addresses${String(version)} meta l4proto { udp, sctp } reject`,
]);
/** A reset that goes from the host to itself would be taken for a new connection. */
const refuseOriginating = both(({ ip, version }) => [
  `${ip} daddr @addresses${String(version)} meta l4proto { tcp, udp, sctp } reject`,
]);

const serviceType = (type: Family['type']): string => `type ${type} . inet_proto . inet_service`;

/** nftables as the balancer itself. */
export const balancerSkeleton: Skeleton = {
  sets: [
    ...commonSets,
    ...FAMILIES.flatMap(({ version, type }): SetDeclaration[] => [
      { name: `services${String(version)}`, kind: 'map', body: `${serviceType(type)} : verdict; counter;` },
      { name: `inbound${String(version)}`, kind: 'set', body: `${serviceType(type)}; counter;` },
      { name: `outbound${String(version)}`, kind: 'set', body: `${serviceType(type)}; counter;` },
      { name: `members${String(version)}`, kind: 'set', body: `${serviceType(type)} . ${type} . inet_service;` },
    ]),
  ],
  chains: [
    {
      name: 'arriving',
      type: 'filter',
      hook: 'prerouting',
      priority: BEFORE_TRANSLATION,
      rules: [...noteInterface, ...countInbound],
    },
    { name: 'originating', type: 'filter', hook: 'output', priority: BEFORE_TRANSLATION, rules: countInbound },
    {
      name: 'destination',
      type: 'nat',
      hook: 'prerouting',
      priority: FIRST_TO_TRANSLATE.destination,
      rules: [...lookUp, ...refuseArriving],
    },
    {
      name: 'destination-host',
      type: 'nat',
      hook: 'output',
      priority: FIRST_TO_TRANSLATE.destination,
      rules: [...lookUp, ...refuseOriginating],
    },
    ...commonChains,
    { name: 'leaving', type: 'filter', hook: 'postrouting', priority: AFTER_TRANSLATION, rules: countOutbound },
    { name: 'returning', type: 'filter', hook: 'input', priority: AFTER_TRANSLATION, rules: countOutbound },
  ],
};

const serviceSet = (name: string, more = ''): readonly SetDeclaration[] =>
  FAMILIES.map(({ version, type }) => ({
    name: `${name}${String(version)}`,
    kind: 'set',
    body: `${serviceType(type)}${more.replace('ADDRESS', type)};`,
  }));

const setMark = (value: number): string => `meta mark set meta mark | ${bit(value)}`;

/** From outside the ranges of a service that has some. */
const guard = both(({ ip, version }) => [
  `ct state new ${key(ip, 'd')} @guarded${String(version)} ${key(ip, 'd')} . ${ip} saddr != @clients${String(version)} drop`,
]);

/** Translated to itself: otherwise ports that Docker publishes would take what is ours to balance. */
const keepForIpvs = both(({ ip, version }) => [
  `${key(ip, 'd')} @services${String(version)} dnat ${ip} to ${ip} daddr`,
]);

/** What IPVS has no means for: whose a service is, who may use it, and that answers find back. */
export const companionSkeleton: Skeleton = {
  sets: [
    ...commonSets,
    ...serviceSet('services'),
    ...serviceSet('masqueraded'),
    ...serviceSet('guarded'),
    ...serviceSet('clients', ' . ADDRESS; flags interval'),
  ],
  chains: [
    {
      name: 'arriving',
      type: 'filter',
      hook: 'prerouting',
      priority: BEFORE_TRANSLATION,
      rules: [
        ...noteInterface,
        ...guard,
        ...both(({ ip, version }) => [`${key(ip, 'd')} @masqueraded${String(version)} ${setMark(MASQUERADE_BIT)}`]),
        ...both(({ ip, version }) => [`${key(ip, 'd')} @services${String(version)} ${setMark(OURS_BIT)}`]),
      ],
    },
    {
      name: 'originating',
      type: 'filter',
      hook: 'output',
      priority: BEFORE_TRANSLATION,
      rules: [
        ...guard,
        // The host takes the virtual address for its own, which members may as well. What arrived and is sent on with its
        // virtual address goes this way too, and is told by its mark.
        ...both(({ ip, version }) => [
          `meta mark & ${bit(OURS_BIT)} == 0x0 ${key(ip, 'd')} @services${String(version)} ${setMark(MASQUERADE_BIT)}`,
        ]),
      ],
    },
    {
      name: 'destination',
      type: 'nat',
      hook: 'prerouting',
      priority: FIRST_TO_TRANSLATE.destination,
      rules: [...keepForIpvs, ...refuseArriving],
    },
    {
      name: 'destination-host',
      type: 'nat',
      hook: 'output',
      priority: FIRST_TO_TRANSLATE.destination,
      rules: [...keepForIpvs, ...refuseOriginating],
    },
    ...commonChains,
  ],
};

/** Comment of a rule: says which text of which version of ours made it, as nothing else in a listing does reliably. */
export const ruleComment = (rule: string): string => createHash('sha256').update(rule).digest('hex').slice(0, 16);

/** Makes the table with nothing in it, in place of the one that is there. Connections that are tracked are not touched. */
export const declare = (table: string, { sets, chains }: Skeleton): readonly string[] => [
  // Added first, so that there is one to delete.
  `add table inet ${table}`,
  `delete table inet ${table}`,
  `add table inet ${table}`,
  ...sets.map(({ name, kind, body }) => `add ${kind} inet ${table} ${name} { ${body} }`),
  ...chains.flatMap(({ name, type, hook, priority, rules }) => [
    `add chain inet ${table} ${name} { type ${type} hook ${hook} priority ${String(priority)}; policy accept; }`,
    ...rules.map((rule) => `add rule inet ${table} ${name} ${rule} comment "${ruleComment(rule)}"`),
  ]),
];
