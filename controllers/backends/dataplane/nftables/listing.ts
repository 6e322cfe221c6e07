import { DataplaneUnavailable } from '../../../../crds/errors.ts';
import { lastWords } from '../tools.ts';
import type { Tools } from '../tools.ts';

/** What `nft -j list table` says of one table, sorted by what we ask of it. */
export interface Listing {
  readonly sets: ReadonlyMap<string, readonly Element[]>;
  readonly chains: ReadonlyMap<string, ListedChain>;
}

export interface Element {
  /** Parts of the key, as text: `['172.31.255.10', 'tcp', '80']`. */
  readonly key: readonly string[];
  readonly comment: string;
  readonly packets: number;
  readonly bytes: number;
  /** Of a map of verdicts: the chain that it leads to. */
  readonly chain?: string;
}

export interface ListedChain {
  readonly type?: string | undefined;
  readonly hook?: string | undefined;
  readonly priority?: number | undefined;
  readonly policy?: string | undefined;
  readonly rules: readonly ListedRule[];
}

export interface ListedRule {
  readonly comment: string;
  readonly statements: readonly unknown[];
}

/** Sets whose elements packets make: what is in them is nobody's wish, and there may be many. */
const MADE_BY_PACKETS = /^(same$|aff-)/;

const NO_SUCH = /No such file or directory/;

/** undefined when there is no such table. */
export async function readListing(tools: Tools, table: string, signal: AbortSignal): Promise<Listing | undefined> {
  const { exitCode, stdout, stderr } = await tools.run(['nft', '-j', 'list', 'table', 'inet', table], '', signal);
  if (exitCode === 0) return parseListing(stdout);
  if (NO_SUCH.test(stderr)) return undefined;
  throw new DataplaneUnavailable({ why: `nft: ${lastWords(stderr)}` });
}

/**
 * Reads what nft lists of a table. By hand, and not by a schema: a thousand services are ten thousand objects. What does not
 * look as we write it is passed over, and is then missing from what is ours.
 */
export function parseListing(json: string): Listing {
  const sets = new Map<string, readonly Element[]>();
  const chains = new Map<string, ListedChain & { rules: ListedRule[] }>();
  const { nftables } = JSON.parse(json) as { readonly nftables?: readonly Item[] };
  for (const { set, map, chain, rule } of nftables ?? []) {
    const collection = set ?? map;
    if (collection !== undefined) sets.set(collection.name, elementsOf(collection));
    if (chain !== undefined) {
      const { type, hook, prio: priority, policy } = chain;
      chains.set(chain.name, { type, hook, priority, policy, rules: [] });
    }
    if (rule !== undefined) {
      chains.get(rule.chain)?.rules.push({ comment: rule.comment ?? '', statements: rule.expr });
    }
  }
  return { sets, chains };
}

interface Item {
  readonly set?: Collection;
  readonly map?: Collection;
  readonly chain?: Omit<ListedChain, 'priority' | 'rules'> & { readonly name: string; readonly prio?: number };
  readonly rule?: { readonly chain: string; readonly comment?: string; readonly expr: readonly unknown[] };
}

interface Collection {
  readonly name: string;
  readonly elem?: readonly unknown[];
}

const elementsOf = ({ name, elem = [] }: Collection): readonly Element[] =>
  MADE_BY_PACKETS.test(name) ? [] : elem.map(toElement);

interface Detailed {
  readonly val: unknown;
  readonly comment?: string;
  readonly counter?: { readonly packets: number; readonly bytes: number };
}

/** A key, or a key with what is said of it; of a map with what it leads to beside it. */
function toElement(listed: unknown): Element {
  const [keyed, led] = Array.isArray(listed) ? (listed as unknown[]) : [listed];
  const target = (led as { readonly jump?: { readonly target: string } } | undefined)?.jump?.target;
  const { val, comment = '', counter } = (keyed as { readonly elem?: Detailed }).elem ?? { val: keyed };
  const { packets, bytes } = counter ?? NOTHING_COUNTED;
  const key = keyOf(val);
  return target === undefined ? { key, comment, packets, bytes } : { key, comment, packets, bytes, chain: target };
}

const NOTHING_COUNTED = { packets: 0, bytes: 0 };

function keyOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || !('concat' in value)) return [scalar(value)];
  const parts = value.concat as readonly unknown[];
  return parts.map((part, at) => (at === 1 ? protocolOf(part) : scalar(part)));
}

/** `10.0.0.1`, `80`, `10.0.0.0/8`. */
export function scalar(part: unknown): string {
  if (typeof part !== 'object' || part === null) return String(part);
  const { prefix } = part as { readonly prefix?: { readonly addr: string; readonly len: number } };
  return prefix === undefined ? JSON.stringify(part) : `${prefix.addr}/${String(prefix.len)}`;
}

/** Where there is no /etc/protocols, nft prints numbers. */
const PROTOCOL_NAMES: Readonly<Record<string, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };

/** In every key of ours the protocol comes second. */
const protocolOf = (part: unknown): string => PROTOCOL_NAMES[String(part)] ?? String(part);
