/**
 * What carries traffic from virtual addresses to members, in the network namespace of the host. Twins: `dataplane/ipvs`,
 * `dataplane/nftables` and `memory/dataplane.ts`; all pass `dataplane.contract.ts`.
 *
 * The whole of what is wanted goes down, the whole of what is there comes up, and nothing else is said: there is no "add"
 * that could be lost or doubled. Every method is idempotent, aborts on `signal`, and throws DataplaneUnavailable when the
 * kernel, its tools or the helper that runs them can not be asked (retry).
 *
 * What is not ours is never touched: neither rules and addresses of others, nor another installation's on the same host.
 */
export interface Dataplane {
  /** What it is, why this one was chosen, and what it can do. */
  describe(signal: AbortSignal): Promise<Capabilities>;
  /** What is there of ours, in the order of `serviceKey` and of addresses. */
  read(signal: AbortSignal): Promise<Observed>;
  /**
   * Makes what is ours be `desired`. Writes only the difference, in one batch, and nothing when there is none. Connections
   * that are established go on: also those to a member whose weight became 0, until they end by themselves.
   * What it can not do is left out, told in `refused`, and does not keep the rest from being done.
   */
  apply(desired: Desired, signal: AbortSignal): Promise<Applied>;
  /**
   * Something of ours may have changed, by whosever hand: a hint to read within a second, never the truth. May repeat, and
   * may be heard for changes of our own. Ends when the way to the dataplane ends: the caller starts it again, and reads once.
   */
  changes(signal: AbortSignal): AsyncIterable<void>;
}

export interface Capabilities {
  readonly kind: 'IPVS' | 'nftables' | 'Memory';
  /** For people: why this kind was chosen. */
  readonly why: string;
  readonly schedulers: readonly Scheduler[];
  readonly forwarding: readonly Forwarding[];
  readonly protocols: readonly Protocol[];
}

/**
 * As IPVS calls them: round robin, weighted round robin, least connections, weighted least connections, source hash, Maglev
 * hash of the source, destination hash, shortest expected delay, never queue.
 */
export const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'sh', 'mh', 'dh', 'sed', 'nq'] as const;
export type Scheduler = (typeof SCHEDULERS)[number];

export const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Masquerade translates addresses and ports; Direct and Tunnel hand the packet on as it is, and answers bypass the host. */
export const FORWARDING = ['Masquerade', 'Direct', 'Tunnel'] as const;
export type Forwarding = (typeof FORWARDING)[number];

export interface Desired {
  readonly addresses: readonly Address[];
  readonly services: readonly VirtualService[];
}

/** A virtual address that the host answers to. On its own: with a prefix of /32 or /128. */
export interface Address {
  /** IPv4 or IPv6, in canonical form: `2001:db8::1`. */
  readonly address: string;
  /** Network interface that carries it. It must be there: the dataplane makes none. */
  readonly interface: string;
}

/** One address, protocol and port, which together are its identity: see `serviceKey`. */
export interface VirtualService {
  /** Id of the LoadBalancer that it belongs to; at most 64 letters, digits, `.`, `_` and `-`. */
  readonly owner: string;
  readonly protocol: Protocol;
  /** One of the desired addresses. */
  readonly address: string;
  readonly port: number;
  readonly scheduler: Scheduler;
  readonly forwarding: Forwarding;
  /** A client goes to the member that it had, until it has made no connection for so long. Absent: no persistence. */
  readonly persistenceSeconds?: number;
  /** CIDRs of the same family that clients must come from; packets of others are dropped. Absent or empty: everybody. */
  readonly sourceRanges?: readonly string[];
  /**
   * Members see the client's own address, except where their answer could then not come back through the host: from the
   * host itself, and from the member's own network. Absent or false: they see the host's, which works for members anywhere.
   * With Direct and Tunnel they always see the client's.
   */
  readonly keepsSource?: boolean;
  /** Of the same family as the address, each address and port once. */
  readonly members: readonly Member[];
}

export interface Member {
  readonly address: string;
  /** With Direct and Tunnel the service's own. */
  readonly port: number;
  /** 0 to 255. With 0 it drains: no new connections, those that it has go on. */
  readonly weight: number;
}

export interface Observed extends Desired {
  /** By `serviceKey`, since the service was made. May lag by two seconds. */
  readonly counters: ReadonlyMap<string, Counters>;
}

export interface Counters {
  readonly connections: number;
  /** From clients to members. */
  readonly inbound: { readonly packets: number; readonly bytes: number };
  /** From members to clients; 0 where answers bypass the host. */
  readonly outbound: { readonly packets: number; readonly bytes: number };
}

export interface Applied {
  /** How many addresses, services and members were made, changed or removed; 0 when nothing was written. */
  readonly changed: number;
  readonly refused: readonly Refusal[];
}

/** One thing that could not be done, and why; the rest was. */
export interface Refusal {
  /** `serviceKey` of a service, or an address. */
  readonly subject: string;
  /** A full sentence for people. */
  readonly why: string;
}

/** What identifies a service among all of one host: `TCP 172.31.255.10:80`, `UDP [2001:db8::1]:53`. */
export const serviceKey = ({
  protocol,
  address,
  port,
}: Pick<VirtualService, 'protocol' | 'address' | 'port'>): string => `${protocol} ${endpoint({ address, port })}`;

/** `10.0.0.1:80`, `[2001:db8::1]:53`. */
export const endpoint = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `${address.includes(':') ? `[${address}]` : address}:${String(port)}`;
