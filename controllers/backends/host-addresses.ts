import { addressText } from '../../crds/ip.ts';

/**
 * Reads IPv4 addresses of a host from a table in the form of /proc/net/fib_trie, which has every route of it as a tree: those of
 * its own are leaves that lead to the host.
 */
export function parseTrie(table: string): readonly string[] {
  const found = new Set<string>();
  let leaf = '';
  for (const line of table.split('\n')) {
    leaf = LEAF.exec(line)?.[1] ?? leaf;
    if (OWN.test(line)) found.add(leaf);
  }
  return [...found];
}

const LEAF = /\|-- (\d+\.\d+\.\d+\.\d+)$/;
const OWN = /^\s*\/32 host LOCAL\b/;

/** Reads IPv6 addresses of a host from a table in the form of /proc/net/if_inet6. */
export const parseInet6 = (table: string): readonly string[] =>
  table.split('\n').flatMap((line) => {
    const digits = /^[0-9a-f]{32}(?= )/.exec(line)?.[0];
    return digits === undefined ? [] : [addressText(6, BigInt(`0x${digits}`))];
  });
