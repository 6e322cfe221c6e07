import { NodeCondition } from '../../crds/conditions.ts';
import { familyOf } from '../../crds/ip.ts';
import type { BalancedMember, LoadBalancerSpec } from '../../crds/load-balancer.ts';
import type { Node } from '../../crds/node.ts';
import { isDeleting } from '../identity.ts';
import { inSeconds } from '../runtime/clock.ts';
import { findCondition, isTrue } from '../runtime/condition.ts';

export interface MembersInput {
  readonly spec: LoadBalancerSpec;
  /** Family of the load balancer's address. */
  readonly address: string;
  /** All Nodes of its cluster. */
  readonly nodes: readonly Node[];
  /** What the status says now: who drains, and since when. */
  readonly before: readonly BalancedMember[];
  /** Whether somebody answers; undefined where nobody knows or asks. */
  readonly isHealthy: (address: string) => boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Members {
  /** Sorted by address. */
  readonly members: readonly BalancedMember[];
  /** After so many ms the next one that drains leaves. */
  readonly nextChangeMs: number | undefined;
}

interface Candidate {
  readonly address: string;
  readonly node?: string;
  readonly weight: number;
}

/**
 * Who answers. Whoever is chosen and ready gets connections. Whoever was a member and is not any more drains for as long as the
 * spec says, and then leaves; one that is no Node any more has nobody to finish anything, and leaves at once.
 */
export function membersOf({ spec, address, nodes, before, now, isHealthy }: MembersInput): Members {
  const family = familyOf(address);
  const ready = new Map<string, BalancedMember>();
  for (const { weight, ...candidate } of candidatesOf(spec, nodes)) {
    if (familyOf(candidate.address) !== family || ready.has(candidate.address)) continue;
    if (!isWell(spec, candidate.address, isHealthy(candidate.address), before)) continue;
    ready.set(candidate.address, { ...candidate, weight, state: 'Ready' });
  }
  const known = new Set(nodes.flatMap(({ status }) => status?.address ?? []));
  const drainMs = spec.drainSeconds * 1000;
  const draining = before
    .filter((member) => !ready.has(member.address))
    .filter((member) => member.node === undefined || known.has(member.address))
    .map((member): BalancedMember => {
      const since = member.since ?? inSeconds(now);
      return { ...member, state: 'Draining', since };
    })
    .map((member) => ({ member, leftMs: Date.parse(member.since ?? '') + drainMs - now }))
    .filter(({ leftMs }) => leftMs > 0);
  const members = [...ready.values(), ...draining.map(({ member }) => member)];
  return {
    members: members.sort((a, b) => (a.address < b.address ? -1 : 1)).slice(0, MOST),
    nextChangeMs: draining.length === 0 ? undefined : Math.min(...draining.map(({ leftMs }) => leftMs)),
  };
}

/** Of whom nothing is known yet, the status says what was known last; who is new has to show it first. */
const isWell = (
  { healthCheck }: LoadBalancerSpec,
  address: string,
  known: boolean | undefined,
  before: readonly BalancedMember[],
): boolean =>
  healthCheck === undefined ||
  (known ?? before.some((member) => member.address === address && member.state === 'Ready'));

/** As many as a status can hold. */
const MOST = 1000;

/** Whom the spec chooses, and who is ready as far as its Node tells. */
export function candidatesOf(spec: LoadBalancerSpec, nodes: readonly Node[]): readonly Candidate[] {
  return spec.members.flatMap(({ role, node: name, address, weight }): readonly Candidate[] => {
    if (address !== undefined) return [{ address, weight }];
    const chosen = role === undefined ? nodes.filter(({ metadata }) => metadata.name === name) : withRole(nodes, role);
    return chosen.flatMap((node) =>
      node.status?.address !== undefined && isReady(node, role)
        ? [{ address: node.status.address, node: node.metadata.name, weight }]
        : [],
    );
  });
}

/** While there are no workers, the control plane takes pods. */
function withRole(nodes: readonly Node[], role: Node['spec']['role']): readonly Node[] {
  const found = nodes.filter(({ spec }) => spec.role === role);
  return found.length === 0 && role === 'worker' ? nodes.filter(({ spec }) => spec.role === 'control-plane') : found;
}

/**
 * As a control plane it has to serve its API, which it does before the cluster calls its node Ready; else connections that it
 * gets have to find a pod.
 */
function isReady(node: Node, role: Node['spec']['role'] | undefined): boolean {
  const is = (condition: string): boolean => isTrue(node.status?.conditions, condition);
  if (isDeleting(node) || !is(NodeCondition.ContainerReady)) return false;
  if (role === 'control-plane') return is(NodeCondition.Bootstrapped);
  const isDeaf = findCondition(node.status?.conditions, NodeCondition.ServicesReady)?.status === 'False';
  return is(NodeCondition.Healthy) && !isDeaf;
}
