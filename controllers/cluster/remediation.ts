import type { Cluster } from '../../crds/cluster.ts';
import type { Node } from '../../crds/node.ts';
import { dueAt, exhaustedAt, illnessOf, isBeingRemedied, isOutOfQuestion, optOut, timeoutOf } from '../remediation.ts';

/** What matters of a node when it is decided whose turn it is. */
export interface Patient {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  /** `ill`: not for long enough, or a step has been taken and has its time. `exhausted`: all that there is was tried. */
  readonly state: 'healthy' | 'ill' | 'due' | 'exhausted';
  /** Since when it is not healthy, as Unix time in ms. */
  readonly sinceMs: number;
  /** When its state changes if nothing happens, as Unix time in ms. */
  readonly changesMs?: number;
  /** Something is being done about it, or was, and shows no effect yet. */
  readonly isBeingRemedied: boolean;
  /** False: nothing may be done about it, and its illness is no news to anybody. */
  readonly isAllowed: boolean;
}

export interface Choice {
  /** The one node that may be restarted or replaced now. */
  readonly granted?: string;
  /** Why none may, although one is due. */
  readonly heldBack?: string;
  /** Somebody waits for the one before to come to rest. */
  readonly isWaitedFor?: true;
}

/**
 * Chooses whose turn it is. `current` has it now, and keeps it until it is healthy or everything was tried. Only when nobody
 * has it any more, and the one before has come to rest, does the next get it: never more than one at once. None gets it
 * while most nodes are unhealthy at once, for which no single node can be the reason, but the control plane: it is by its
 * word that the others are judged.
 */
export function choose(patients: readonly Patient[], current: string | undefined): Choice {
  const allowed = patients.filter(({ isAllowed }) => isAllowed);
  const ill = allowed.filter(({ state }) => state !== 'healthy');
  const isStorm = ill.length > 1 && ill.length > allowed.length / 2;
  const wanting = ill.filter(({ state, isBeingRemedied }) => state === 'due' || (state === 'ill' && isBeingRemedied));
  const treatable = wanting.filter(({ role }) => role === 'control-plane' || !isStorm).sort(byUrgency);
  if (treatable.some(({ name }) => name === current)) return { granted: current ?? '' };
  const [next] = treatable;
  if (next === undefined) return wanting.length === 0 ? {} : { heldBack: stormMessage(ill, allowed.length) };
  const isAnotherAtIt = patients.some(({ name, isBeingRemedied }) => isBeingRemedied && name !== next.name);
  return current === undefined && !isAnotherAtIt ? { granted: next.name } : { isWaitedFor: true };
}

/** The control plane first, then who has lost the turn in the midst of it, then who has suffered longest. */
function byUrgency(a: Patient, b: Patient): number {
  if (a.role !== b.role) return a.role === 'control-plane' ? -1 : 1;
  if (a.isBeingRemedied !== b.isBeingRemedied) return a.isBeingRemedied ? -1 : 1;
  return a.sinceMs - b.sinceMs || (a.name < b.name ? -1 : 1);
}

const NAMED = 5;

function stormMessage(ill: readonly Patient[], total: number): string {
  const names = ill.map(({ name }) => name).sort();
  const more = names.length > NAMED ? ` and ${String(names.length - NAMED)} more` : '';
  return (
    `${String(ill.length)} of ${String(total)} nodes are unhealthy at once, for which no single node can be the reason: ` +
    `${names.slice(0, NAMED).join(', ')}${more}. Look at what they share: the host's memory and disk, the pod network, the control plane. ` +
    'Nodes are remedied again when most are healthy'
  );
}

/** A Node as a patient, by what it says of itself at that time. */
export function patientOf(node: Node, cluster: Cluster, nodes: readonly Node[], nowMs: number): Patient {
  const { name } = node.metadata;
  const { role } = node.spec;
  const isOut = isOutOfQuestion(node, cluster, nodes);
  const isAllowed = !isOut && optOut(node, cluster) === undefined;
  // One that is left alone, or leaving, never says that it has come to rest.
  const common = { name, role, isAllowed, isBeingRemedied: isBeingRemedied(node) && !isOut };
  const illness = illnessOf(node);
  if (illness === undefined) return { ...common, state: 'healthy', sinceMs: nowMs };
  const { sinceMs } = illness;
  const timeoutMs = timeoutOf(cluster);
  const due = dueAt(node, illness, timeoutMs);
  if (due !== undefined) {
    return due <= nowMs ? { ...common, state: 'due', sinceMs } : { ...common, state: 'ill', sinceMs, changesMs: due };
  }
  const end = exhaustedAt(node, illness, timeoutMs) ?? nowMs;
  return end <= nowMs
    ? { ...common, state: 'exhausted', sinceMs }
    : { ...common, state: 'ill', sinceMs, changesMs: end };
}
