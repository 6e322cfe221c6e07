import { z } from 'zod';
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

const scalar = z.union([
  z.union([z.string(), z.number()]).transform(String),
  z
    .object({ prefix: z.object({ addr: z.string(), len: z.number() }) })
    .transform(({ prefix: { addr, len } }) => `${addr}/${String(len)}`),
]);
const value = z.union([
  scalar.transform((one) => [one]),
  z.object({ concat: z.array(scalar) }).transform((o) => o.concat),
]);
const detailed = z.object({
  elem: z.object({
    val: value,
    comment: z.string().optional(),
    counter: z.object({ packets: z.number(), bytes: z.number() }).optional(),
  }),
});
const verdict = z.object({ jump: z.object({ target: z.string() }) });
/** Elements of sets that others fill, such as pairs of interfaces, have forms that say nothing to us. */
const element = z.union([detailed, value]);

const set = z.object({ name: z.string(), elem: z.array(z.unknown()).optional() });
const item = z.object({
  set: set.optional(),
  map: set.optional(),
  chain: z
    .object({
      name: z.string(),
      type: z.string().optional(),
      hook: z.string().optional(),
      prio: z.number().optional(),
      policy: z.string().optional(),
    })
    .optional(),
  rule: z.object({ chain: z.string(), comment: z.string().optional(), expr: z.array(z.unknown()) }).optional(),
});
const document = z.object({ nftables: z.array(item) });

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

export function parseListing(json: string): Listing {
  const sets = new Map<string, readonly Element[]>();
  const chains = new Map<string, ListedChain & { rules: ListedRule[] }>();
  for (const { set: listed, map, chain, rule } of document.parse(JSON.parse(json)).nftables) {
    const collection = listed ?? map;
    if (collection !== undefined) sets.set(collection.name, elementsOf(collection));
    if (chain !== undefined) chains.set(chain.name, { ...chain, priority: chain.prio, rules: [] });
    if (rule !== undefined) {
      chains.get(rule.chain)?.rules.push({ comment: rule.comment ?? '', statements: rule.expr });
    }
  }
  return { sets, chains };
}

const elementsOf = ({ name, elem = [] }: z.output<typeof set>): readonly Element[] =>
  MADE_BY_PACKETS.test(name) ? [] : elem.map(toElement);

function toElement(listed: unknown): Element {
  const [keyed, led] = Array.isArray(listed) ? (listed as unknown[]) : [listed];
  const parsed = element.parse(keyed);
  const target = verdict.safeParse(led).data?.jump.target;
  const chain = target === undefined ? {} : { chain: target };
  if (Array.isArray(parsed)) return { key: named(parsed), comment: '', packets: 0, bytes: 0, ...chain };
  const { val, comment = '', counter = { packets: 0, bytes: 0 } } = parsed.elem;
  return { key: named(val), comment, ...counter, ...chain };
}

/** Where there is no /etc/protocols, nft prints numbers. */
const PROTOCOL_NAMES: Readonly<Record<string, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };

/** In every key of ours the protocol comes second. */
const named = (key: readonly string[]): readonly string[] =>
  key.map((part, at) => (at === 1 ? (PROTOCOL_NAMES[part] ?? part) : part));
