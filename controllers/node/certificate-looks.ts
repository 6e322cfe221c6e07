import { NodeCondition } from '../../crds/conditions.ts';
import type { NodeStatus } from '../../crds/node.ts';
import { findCondition } from '../runtime/condition.ts';
import { LEAD_MS } from './certificates.ts';

const HOUR_MS = 3_600_000;
const SICK_PERIOD_MS = 300_000;
/** Longer than a sweep's period, so that one of its looks falls into each turn. */
const TURN_MS = 60_000;
/** What starts needs as long; it is not sick. */
const SICK_AFTER_MS = 60_000;

/**
 * Whether to look at a node's certificates now. A look reads a dozen files, so a sweep in which nothing is to be expected
 * takes none: the end that was noted tells when something is. What is noted may be wrong, because somebody has replaced
 * certificates or set a clock: each node has its turn once an hour, and every five minutes while it is not healthy. The turn
 * follows from the node's id and the time, so that nothing has to be remembered and not all are looked at at once.
 */
export function isLookDue(status: NodeStatus, id: string, now: number): boolean {
  const isSick = isSickAt(status, now);
  if (status.certificatesExpire === undefined) return isSick;
  const settled = findCondition(status.conditions, NodeCondition.CertificatesReady)?.status === 'True';
  if (!settled || Date.parse(status.certificatesExpire) - now < LEAD_MS) return true;
  return (now + offsetOf(id)) % (isSick ? SICK_PERIOD_MS : HOUR_MS) < TURN_MS;
}

function isSickAt({ conditions }: NodeStatus, now: number): boolean {
  const healthy = findCondition(conditions, NodeCondition.Healthy);
  if (healthy === undefined || healthy.status === 'True') return false;
  return now - Date.parse(healthy.lastTransitionTime) > SICK_AFTER_MS;
}

/** Somewhere within the hour. */
const offsetOf = (id: string): number => {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % HOUR_MS;
  return sum;
};
