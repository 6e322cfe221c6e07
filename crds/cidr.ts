/** An IPv4 block. `address` is the 32-bit number as written, host bits included. */
export interface CIDR {
  readonly address: number;
  readonly prefix: number;
}

const OCTET = '(0|[1-9][0-9]{0,2})';
const PATTERN = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}/(0|[1-9][0-9]?)$`);

/** undefined when the text is not `a.b.c.d/n`, written without leading zeros. */
export function parseCIDR(text: string): CIDR | undefined {
  const parts = PATTERN.exec(text)?.slice(1).map(Number);
  const prefix = parts?.pop();
  if (parts === undefined || prefix === undefined || prefix > 32 || parts.some((octet) => octet > 255))
    return undefined;
  return { address: parts.reduce((sum, octet) => sum * 256 + octet, 0), prefix };
}

/** The block's first address with its prefix: 10.1.2.3/24 -> 10.1.2.0/24. */
export function networkOf({ address, prefix }: CIDR): CIDR {
  const size = 2 ** (32 - prefix);
  return { address: address - (address % size), prefix };
}

export const formatCIDR = ({ address, prefix }: CIDR): string => `${formatAddress(address)}/${prefix.toString()}`;

export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => ((address >>> shift) & 255).toString()).join('.');

export const containsCIDR = (outer: CIDR, inner: CIDR): boolean =>
  outer.prefix <= inner.prefix && networkOf({ ...inner, prefix: outer.prefix }).address === networkOf(outer).address;

export const overlaps = (a: CIDR, b: CIDR): boolean => containsCIDR(a, b) || containsCIDR(b, a);
