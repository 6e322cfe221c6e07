import { createHash } from 'node:crypto';

/** By what one installation tells its own from everything else in a network namespace that many share. */
export interface Mark {
  /** Name of our nftables table, family inet. */
  readonly table: string;
  /** Metric of the addresses that we bind. On a /32 or /128 it has no effect, and the kernel keeps it. */
  readonly metric: number;
  /** Comment of the rule that lets our packets through Docker's chain. */
  readonly comment: string;
}

/** Bits of a packet's mark, set and read by our own rules, and by ours alone. */
export const MASQUERADE_BIT = 0x0400_0000;
export const OURS_BIT = 0x0800_0000;

const FIRST_METRIC = 0x5100_0000;

export function markOf(instance: string): Mark {
  const digest = createHash('sha256').update(instance).digest();
  // What nft takes for a name as it stands.
  const name = /^[A-Za-z0-9_.-]{1,40}$/.test(instance) ? instance : digest.toString('hex').slice(0, 16);
  return { table: `qbo-lb-${name}`, metric: FIRST_METRIC + digest.readUIntBE(0, 3), comment: `qbo-lb-${name}` };
}
