import type { AddressPool } from '../../crds/address-pool.ts';
import { blockRange, isWithin, parseRange, sharesAddress, sizeOf } from '../../crds/ip.ts';
import type { AddressRange } from '../../crds/ip.ts';
import type { Stored } from '../runtime/object.ts';

/** What kubectl and JSON can show of a number of addresses. */
const MOST_COUNTED = 1_000_000n;

/**
 * The addresses of a pool: those that are named, or those of its Docker network but for the first and the last, which are
 * the network's own, and the host's in it.
 */
export function rangesOf({ spec, status }: AddressPool): readonly AddressRange[] {
  if (spec.addresses !== undefined) return spec.addresses.flatMap((text) => parseRange(text) ?? []);
  const block = status?.subnet === undefined ? undefined : blockRange(status.subnet);
  return block === undefined ? [] : [{ ...block, first: block.first + 2n, last: block.last - 1n }];
}

/** The first range that can not be one: it runs backwards. The schema refuses what is none at all. */
export const firstInvalid = ({ spec }: AddressPool): string | undefined =>
  spec.addresses?.find((text) => parseRange(text) === undefined);

export const hasAddress = (pool: AddressPool, address: string): boolean =>
  rangesOf(pool).some((range) => isWithin(range, address));

/** Of how many addresses a pool is, each counted once, up to a million. */
export function totalOf(ranges: readonly AddressRange[]): number {
  const sorted = [...ranges].sort(
    (a, b) => a.family - b.family || Number(a.first > b.first) - Number(a.first < b.first),
  );
  let total = 0n;
  let last: AddressRange | undefined;
  for (const range of sorted) {
    const overlaps = last !== undefined && sharesAddress(last, range);
    const fresh = overlaps && last !== undefined ? { ...range, first: last.last + 1n } : range;
    if (fresh.first <= fresh.last) total += sizeOf(fresh);
    if (!overlaps || (last !== undefined && range.last > last.last)) last = range;
  }
  return Number(total < MOST_COUNTED ? total : MOST_COUNTED);
}

/** An older pool that has an address of this one: of two that overlap, the later gives nothing. */
export function overlapWith(
  pool: Stored<AddressPool>,
  others: readonly Stored<AddressPool>[],
): { readonly range: string; readonly by: Stored<AddressPool> } | undefined {
  const texts = pool.spec.addresses ?? (pool.status?.subnet === undefined ? [] : [pool.status.subnet]);
  for (const by of others.filter((other) => isOlder(other, pool))) {
    const ranges = rangesOf(by);
    const range = texts.find((text) => {
      const own = parseRange(text);
      return own !== undefined && ranges.some((one) => sharesAddress(one, own));
    });
    if (range !== undefined) return { range, by };
  }
  return undefined;
}

const isOlder = (a: Stored<AddressPool>, b: Stored<AddressPool>): boolean => {
  if (a.metadata.uid === b.metadata.uid) return false;
  const [one, other] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.name}`);
  return (one ?? '') < (other ?? '');
};
