import { blockRange, familyOf } from './ip.ts';
import type { Rule } from './rule.ts';

/** CEL has these functions since Kubernetes 1.31. */
const isAddress = (value: string): string => `isIP(${value}) && ip.isCanonical(${value})`;

const parts = (text: string): readonly string[] => text.split('-');

const isRange = (text: string): boolean => {
  const families = parts(text).map(familyOf);
  return families.length === 2 && families[0] !== undefined && families[0] === families[1];
};

export const addressRule: Rule<string> = {
  cel: isAddress('self'),
  holds: (self) => familyOf(self) !== undefined,
  message: 'not an address: write it as in 192.168.1.20 or 2001:db8::20, IPv6 in lower case and as short as it can be',
};

export const sourceRangeRule: Rule<string> = {
  cel: "isCIDR(self) && cidr(self).masked() == cidr(self) && ip.isCanonical(self.split('/')[0])",
  holds: (self) => blockRange(self) !== undefined,
  message:
    'not a CIDR: write an address and a prefix length, as in 192.168.1.0/24; after the prefix, every bit must be 0',
};

/** Whether a range runs forwards, CEL can not say: that is a condition. */
export const poolRangeRule: Rule<string> = {
  cel:
    `(${isAddress('self')}) || (${sourceRangeRule.cel}) || (self.split('-').size() == 2 && ` +
    `self.split('-').all(part, ${isAddress('part')}) && ` +
    "ip(self.split('-')[0]).family() == ip(self.split('-')[1]).family())",
  holds: (self) => familyOf(self) !== undefined || blockRange(self) !== undefined || isRange(self),
  message:
    'not addresses: write one as in 192.168.1.20, a range as in 192.168.1.20-192.168.1.29, or a CIDR as in ' +
    '192.168.1.32/28; IPv6 in lower case and as short as it can be',
};
