import { containsCIDR, networkOf, overlaps, parseCIDR } from './cidr.ts';
import type { CIDR } from './cidr.ts';
import type { Rule } from './rule.ts';

/** RFC 1918, and the shared address space of RFC 6598. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'] as const;
const privateBlocks = PRIVATE.map(parseCIDR).filter((block) => block !== undefined);

/** CEL has these functions since Kubernetes 1.31. */
const isIPv4 = (value: string): string => `isCIDR(${value}) && cidr(${value}).ip().family() == 4`;

/** A malformed block breaks the first rule alone: the others leave it be. */
const when = (text: string, holds: (block: CIDR) => boolean): boolean => {
  const block = parseCIDR(text);
  return block === undefined || holds(block);
};

/** What holds of every block: IPv4, well formed, no host bits, private, and of a size within bounds. */
export function blockRules(example: string, largest: number, smallest: number): readonly Rule<string>[] {
  const size =
    largest === smallest
      ? `the block must be a /${largest.toString()}`
      : `the block must be no larger than a /${largest.toString()} and no smaller than a /${smallest.toString()}`;
  return [
    {
      cel: isIPv4('self'),
      holds: (self) => parseCIDR(self) !== undefined,
      message: `not an IPv4 CIDR: write an address and a prefix length, as in ${example}`,
    },
    {
      cel: `!(${isIPv4('self')}) || cidr(self).masked() == cidr(self)`,
      holds: (self) => when(self, (block) => networkOf(block).address === block.address),
      message: 'not a network address: after the prefix, every bit must be 0',
    },
    {
      cel: `!(${isIPv4('self')}) || [${PRIVATE.map((block) => `'${block}'`).join(', ')}].exists(block, cidr(block).containsCIDR(self))`,
      holds: (self) => when(self, (block) => privateBlocks.some((outer) => containsCIDR(outer, block))),
      message: `not private: choose a block within ${PRIVATE.join(', ')}`,
    },
    {
      cel: `!(${isIPv4('self')}) || (cidr(self).prefixLength() >= ${largest.toString()} && cidr(self).prefixLength() <= ${smallest.toString()})`,
      holds: (self) => when(self, ({ prefix }) => prefix >= largest && prefix <= smallest),
      message: size,
    },
  ];
}

interface Block<F extends string> {
  readonly field: F;
  /** What a person calls it. */
  readonly name: string;
}

/** Two blocks of one object share no address. The first may be absent; a malformed one breaks another rule. */
export const disjoint = <A extends string, B extends string>(
  a: Block<A>,
  b: Block<B>,
): Rule<{ readonly [K in A | B]?: string }> => ({
  cel:
    `!has(self.${a.field}) || !(${isIPv4(`self.${a.field}`)}) || !(${isIPv4(`self.${b.field}`)}) || ` +
    `!(cidr(self.${a.field}).containsCIDR(self.${b.field}) || cidr(self.${b.field}).containsCIDR(self.${a.field}))`,
  holds: (self) => when(self[a.field] ?? '', (one) => when(self[b.field] ?? '', (other) => !overlaps(one, other))),
  message: `${a.name} {self.${a.field}} and ${b.name} {self.${b.field}} overlap: choose blocks that share no address`,
  fieldPath: `.${a.field}`,
});
