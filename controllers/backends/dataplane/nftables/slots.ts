import type { Member, Scheduler } from '../../dataplane.ts';
import { endpoint } from '../../dataplane.ts';

/** Schedulers that packets can be told by alone: there is no counting of connections in a rule. */
export const NFT_SCHEDULERS = ['rr', 'wrr', 'sh', 'mh', 'dh'] as const satisfies readonly Scheduler[];

/** A prime, as for Maglev: large enough to part clients finely among tens of members. */
const HASHED_SLOTS = 127;

/**
 * Which member each slot leads to: a rule counts or hashes to a slot and looks the member up. Empty when nobody takes new
 * connections.
 *
 * `rr` has a slot for each member, `wrr` as many as its weight, spread out evenly. Of a hash, each slot goes to the member
 * that scores highest for it, so that a member which comes or goes moves only its own share of the clients.
 */
export function slotsOf(scheduler: Scheduler, members: readonly Member[]): readonly Member[] {
  const taking = members.filter(({ weight }) => weight > 0);
  if (scheduler === 'rr') return taking;
  if (scheduler === 'wrr') return interleaved(taking);
  if (taking.length === 0) return [];
  return Array.from({ length: HASHED_SLOTS }, (_, slot) => highestOf(taking, slot));
}

/** Smooth weighted round robin, one whole round: of weights 5, 1, 1 it makes a a b a c a a. */
function interleaved(members: readonly Member[]): readonly Member[] {
  const divisor = members.reduce((common, { weight }) => greatestDivisor(common, weight), 0);
  const entries = members.map((member) => ({ member, share: member.weight / Math.max(divisor, 1), credit: 0 }));
  const total = entries.reduce((sum, { share }) => sum + share, 0);
  const round: Member[] = [];
  while (round.length < total) {
    for (const entry of entries) entry.credit += entry.share;
    const next = entries.reduce((best, entry) => (entry.credit > best.credit ? entry : best));
    next.credit -= total;
    round.push(next.member);
  }
  return round;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** Weighted rendezvous hashing. */
function highestOf(members: readonly Member[], slot: number): Member {
  const scored = members.map((member) => {
    const uniform = (hash32(`${endpoint(member)} ${String(slot)}`) + 1) / 2 ** 32;
    return { member, score: -member.weight / Math.log(uniform) };
  });
  return scored.reduce((best, one) => (one.score > best.score ? one : best)).member;
}

/** FNV-1a with a final mix: the same for ever, which a restart must not change. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
