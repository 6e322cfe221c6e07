import { containsCIDR, formatAddress, networkOf, parseCIDR } from '../../crds/cidr.ts';
import type { CIDR } from '../../crds/cidr.ts';

export interface AddressHolder {
  readonly node: string;
  readonly role: 'control-plane' | 'worker';
  /** RFC 3339; older nodes are served first, so that the order does not depend on who was listed first. */
  readonly createdAt: string;
}

export interface AssignedAddress {
  readonly node: string;
  readonly address: string;
}

/** `.1` is the gateway, `.2` the management container; nodes follow. */
const FIRST_NODE_OFFSET = 3;

export const gatewayOf = (subnet: string): string => offsetAddress(subnet, 1);
export const managementAddressOf = (subnet: string): string => offsetAddress(subnet, 2);

/**
 * Gives every node an address of the subnet. An address once given stays until its node is gone; a freed one may be
 * given again. `known` is what was recorded or found on running containers. Nodes for which none is left are missing
 * from the result.
 */
export function assignAddresses(
  subnet: string,
  nodes: readonly AddressHolder[],
  known: readonly AssignedAddress[],
): AssignedAddress[] {
  const range = parseCIDR(subnet);
  if (range === undefined) return [];
  const names = new Set(nodes.map(({ node }) => node));
  const kept = new Map<string, string>();
  const used = new Set<string>();
  for (const { node, address } of known) {
    if (!names.has(node) || kept.has(node) || used.has(address) || !isIn(range, address)) continue;
    kept.set(node, address);
    used.add(address);
  }
  const first = networkOf(range).address;
  const last = first + 2 ** (32 - range.prefix) - 2; // the one above is the broadcast address
  let next = first + FIRST_NODE_OFFSET;
  for (const { node } of [...nodes].sort(byRoleThenAge)) {
    if (kept.has(node)) continue;
    while (next <= last && used.has(formatAddress(next))) next++;
    if (next > last) break;
    kept.set(node, formatAddress(next));
    used.add(formatAddress(next));
  }
  return [...kept].map(([node, address]) => ({ node, address })).sort((a, b) => compare(a.node, b.node));
}

function byRoleThenAge(a: AddressHolder, b: AddressHolder): number {
  if (a.role !== b.role) return a.role === 'control-plane' ? -1 : 1;
  return compare(a.createdAt, b.createdAt) || compare(a.node, b.node);
}

function offsetAddress(subnet: string, offset: number): string {
  const range = parseCIDR(subnet);
  if (range === undefined) throw new Error(`Not an IPv4 subnet: ${subnet}`);
  return formatAddress(networkOf(range).address + offset);
}

function isIn(range: CIDR, address: string): boolean {
  const single = parseCIDR(`${address}/32`);
  return single !== undefined && containsCIDR(range, single);
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
