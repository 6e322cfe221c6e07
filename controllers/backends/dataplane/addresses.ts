import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { Address, Refusal } from '../dataplane.ts';
import type { Change } from './diff.ts';
import { succeed } from './tools.ts';
import type { Tools } from './tools.ts';

/** What a network namespace has of interfaces, and which addresses on them are ours. */
export interface Interfaces {
  readonly names: ReadonlySet<string>;
  readonly ours: readonly Address[];
  /** Addresses of others, with their interface. */
  readonly foreign: ReadonlyMap<string, string>;
  /** What interfaces lead to: more than one address. */
  readonly networks: readonly Network[];
  readonly ports: readonly BridgePort[];
}

export interface Network {
  readonly interface: string;
  /** The host's own in it. */
  readonly address: string;
  readonly prefix: number;
}

export interface BridgePort {
  readonly name: string;
  readonly bridge: string;
  /** Whether it sends back by a port what came in by it. */
  readonly isHairpin: boolean;
}

const link = z.object({
  ifname: z.string(),
  master: z.string().optional(),
  linkinfo: z.object({ info_slave_data: z.object({ hairpin: z.boolean().optional() }).optional() }).optional(),
  addr_info: z.array(
    z.object({ local: z.string().optional(), prefixlen: z.number().optional(), metric: z.number().optional() }),
  ),
});

export async function readInterfaces(tools: Tools, metric: number, signal: AbortSignal): Promise<Interfaces> {
  return parseInterfaces(await succeed(tools, ['ip', '-j', '-d', 'addr', 'show'], '', signal), metric);
}

/** Reads `ip -j -d addr show`; ours carry `metric`, see Mark. */
export function parseInterfaces(json: string, metric: number): Interfaces {
  const names = new Set<string>();
  const ours: Address[] = [];
  const foreign = new Map<string, string>();
  const networks: Network[] = [];
  const ports: BridgePort[] = [];
  for (const { ifname, addr_info: infos, ...more } of z.array(link).parse(JSON.parse(json === '' ? '[]' : json))) {
    names.add(ifname);
    ports.push(...portOf(ifname, more));
    for (const { local, prefixlen: prefix = 0, metric: marked } of infos) {
      if (local === undefined) continue;
      const address = canonicalText(local);
      const isSingle = prefix === (local.includes(':') ? 128 : 32);
      if (marked === metric && isSingle) ours.push({ address, interface: ifname });
      else foreign.set(address, ifname);
      if (!isSingle) networks.push({ interface: ifname, address, prefix });
    }
  }
  return { names, ours, foreign, networks, ports };
}

/** Only a bridge's has hairpin mode. */
function portOf(name: string, { master, linkinfo }: Pick<z.output<typeof link>, 'master' | 'linkinfo'>): BridgePort[] {
  const isHairpin = linkinfo?.info_slave_data?.hairpin;
  return master === undefined || isHairpin === undefined ? [] : [{ name, bridge: master, isHairpin }];
}

const canonicalText = (address: string): string => {
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString();
};

/** Addresses that can be bound, and why the others can not. */
export function bindable(
  wanted: readonly Address[],
  { names, foreign }: Interfaces,
): { readonly addresses: readonly Address[]; readonly refused: readonly Refusal[] } {
  const why = ({ address, interface: name }: Address): string | undefined => {
    if (!names.has(name)) return `There is no network interface ${name} on the host.`;
    const holder = foreign.get(address);
    return holder === undefined ? undefined : `The host has this address itself, on interface ${holder}.`;
  };
  return {
    addresses: wanted.filter((address) => why(address) === undefined),
    refused: wanted.flatMap((address) => {
      const reason = why(address);
      return reason === undefined ? [] : [{ subject: address.address, why: reason }];
    }),
  };
}

const argumentsOf = ({ address, interface: name }: Address): string =>
  `${address}/${address.includes(':') ? '128' : '32'} dev ${name}`;

/** All of it in one call. An address that is gone already, or there already, is as it should be. */
async function bind(
  tools: Tools,
  changes: { readonly add: readonly Address[]; readonly remove: readonly Address[]; readonly metric: number },
  signal: AbortSignal,
): Promise<boolean> {
  const lines = [
    ...changes.remove.map((address) => `addr del ${argumentsOf(address)}`),
    ...changes.add.map((address) => {
      // Nobody else has it: waiting for that to be found out would cost a second and a half.
      const flags = address.address.includes(':') ? ' nodad' : '';
      return `addr replace ${argumentsOf(address)} metric ${String(changes.metric)}${flags}`;
    }),
  ];
  if (lines.length === 0) return false;
  // `-force`: one that fails does not keep the others; what is missing then, the next look shows.
  await tools.run(['ip', '-force', '-batch', '-'], `${lines.join('\n')}\n`, signal);
  return true;
}

/** Binds and unbinds what the changes say; the rest of them is not about addresses. Returns whether there was any. */
export async function bindChanges(
  tools: Tools,
  changes: readonly Change[],
  { metric, signal }: { readonly metric: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const of = (kind: 'bind' | 'unbind') =>
    changes.flatMap((change) => (change.kind === kind && 'address' in change ? [change.address] : []));
  return bind(tools, { add: of('bind'), remove: of('unbind'), metric }, signal);
}
