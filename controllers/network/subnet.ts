import { formatCIDR, networkOf, overlaps, parseCIDR } from '../../crds/cidr.ts';
import type { CIDR } from '../../crds/cidr.ts';

/** Somebody's range that a new subnet must keep clear of; `by` names them for people. */
export interface TakenRange {
  readonly by: string;
  readonly subnet: string;
}

const SUBNET_PREFIX = 24;
const sizeOf = ({ prefix }: CIDR): number => 2 ** (32 - prefix);

/**
 * The first free /24 of the pools in their order; undefined when there is none. Ranges are walked through in the order of
 * their addresses, each once: a host with thousands of networks asks this for each of them.
 */
export function pickSubnet(pools: readonly string[], taken: readonly TakenRange[]): string | undefined {
  const used = taken
    .flatMap(({ subnet }) => parseCIDR(subnet) ?? [])
    .map(networkOf)
    .sort((a, b) => a.address - b.address);
  for (const pool of pools) {
    const range = parseCIDR(pool);
    const free = range && firstFree(networkOf(range), used);
    if (free) return formatCIDR(free);
  }
  return undefined;
}

function firstFree(pool: CIDR, used: readonly CIDR[]): CIDR | undefined {
  const size = sizeOf({ address: 0, prefix: SUBNET_PREFIX });
  let address = pool.address;
  for (const range of used) {
    if (range.address >= address + size) break;
    // Behind what is in the way: a /12 in use is one step, not four thousand.
    const behind = range.address + sizeOf(range);
    if (behind > address) address = Math.ceil(behind / size) * size;
  }
  return address + size <= pool.address + sizeOf(pool) ? { address, prefix: SUBNET_PREFIX } : undefined;
}

/** The first of `taken` that shares an address with `subnet`. */
export function findOverlap(subnet: string, taken: readonly TakenRange[]): TakenRange | undefined {
  const wanted = parseCIDR(subnet);
  if (wanted === undefined) return undefined;
  return taken.find((other) => {
    const range = parseCIDR(other.subnet);
    return range !== undefined && overlaps(wanted, range);
  });
}
