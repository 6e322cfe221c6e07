import ipaddr from 'ipaddr.js';

export type Family = 4 | 6;

/** Addresses that follow one another, both ends included. Numbers, because IPv6 has more than a JavaScript number can count. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/** 4 or 6; undefined for what is no address, or is not written as everybody writes it: `10.0.0.1`, `2001:db8::1`. */
export function familyOf(address: string): Family | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(address))
    return ipaddr.IPv4.parse(address).toString() === address ? 4 : undefined;
  if (!ipaddr.IPv6.isValid(address) || address.includes('%') || address.includes('.')) return undefined;
  return ipaddr.IPv6.parse(address).toRFC5952String() === address ? 6 : undefined;
}

/** The number of an address; undefined when it is none. */
export function numberOf(address: string): bigint | undefined {
  if (familyOf(address) === undefined) return undefined;
  return BigInt(`0x${Buffer.from(ipaddr.parse(address).toByteArray()).toString('hex')}`);
}

/** An address as everybody writes it. */
export function addressText(family: Family, number: bigint): string {
  const length = family === 4 ? 4 : 16;
  const bytes = [...Buffer.from(number.toString(16).padStart(length * 2, '0'), 'hex')];
  const address = ipaddr.fromByteArray(bytes);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

/** What `10.0.0.5`, `10.0.0.0/28` or `10.0.0.5-10.0.0.9` stands for; undefined when it is none of them, or the range runs backwards. */
export function parseRange(text: string): AddressRange | undefined {
  const [low = '', high, more] = text.split('-');
  if (high !== undefined) return more === undefined ? between(low, high) : undefined;
  return text.includes('/') ? blockRange(text) : between(text, text);
}

function between(low: string, high: string): AddressRange | undefined {
  const family = familyOf(low);
  const [first, last] = [numberOf(low), numberOf(high)];
  if (family === undefined || familyOf(high) !== family || first === undefined || last === undefined) return undefined;
  return first <= last ? { family, first, last } : undefined;
}

/** Of a CIDR without host bits. */
export function blockRange(text: string): AddressRange | undefined {
  const [address = '', prefix = '', more] = text.split('/');
  const family = familyOf(address);
  const first = numberOf(address);
  if (family === undefined || first === undefined || more !== undefined || !/^(0|[1-9]\d{0,2})$/.test(prefix))
    return undefined;
  const bits = (family === 4 ? 32 : 128) - Number(prefix);
  if (bits < 0) return undefined;
  const size = 1n << BigInt(bits);
  return first % size === 0n ? { family, first, last: first + size - 1n } : undefined;
}

/**
 * A CIDR as everybody writes it, without its host bits: `10.0.0.0/8` of `10.0.0.1/8`; undefined when it is none, or when its
 * octets begin with a zero: some read those as octal, others as decimal.
 */
export function maskedBlock(text: string): string | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined;
  const [address, bits] = ipaddr.parseCIDR(text);
  if (address instanceof ipaddr.IPv6)
    return `${ipaddr.IPv6.networkAddressFromCIDR(text).toRFC5952String()}/${String(bits)}`;
  if (!ipaddr.IPv4.isValidFourPartDecimal(text.split('/')[0] ?? '')) return undefined;
  return `${ipaddr.IPv4.networkAddressFromCIDR(text).toString()}/${String(bits)}`;
}

export const sizeOf = ({ first, last }: AddressRange): bigint => last - first + 1n;

export const isWithin = (range: AddressRange, address: string): boolean => {
  const number = numberOf(address);
  return familyOf(address) === range.family && number !== undefined && number >= range.first && number <= range.last;
};

export const sharesAddress = (a: AddressRange, b: AddressRange): boolean =>
  a.family === b.family && a.first <= b.last && b.first <= a.last;

/** What is left of a range without those of another. */
export function rangeWithout(range: AddressRange, other: AddressRange): readonly AddressRange[] {
  if (!sharesAddress(range, other)) return [range];
  return [
    { ...range, last: other.first - 1n },
    { ...range, first: other.last + 1n },
  ].filter(({ first, last }) => first <= last);
}

/** As `parseRange` reads it, in the shortest way: an address, a CIDR, or both ends. */
export function rangeText(range: AddressRange): string {
  const { family, first, last } = range;
  const size = sizeOf(range);
  const bits = size.toString(2).length - 1;
  const low = addressText(family, first);
  if (size === 1n) return low;
  const isBlock = size === 1n << BigInt(bits) && first % size === 0n;
  return isBlock ? `${low}/${String((family === 4 ? 32 : 128) - bits)}` : `${low}-${addressText(family, last)}`;
}
