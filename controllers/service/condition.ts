import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { GROUP } from '../../crds/names.ts';
import type { Service, ServiceIngress } from '../kube/kinds.ts';
import type { Clock } from '../runtime/clock.ts';
import { findCondition, setCondition } from '../runtime/condition.ts';
import type { Condition } from '../runtime/condition.ts';

/** On a Service in a cluster of ours: whether it is balanced as it asks, and why not. */
export const LOAD_BALANCED = `${GROUP}/LoadBalanced`;

/** What is wrong with this one Service. What is wrong with the host, or will be well by itself, is said elsewhere. */
const ITS_OWN: readonly string[] = [
  'AddressHeld',
  'AddressOutsidePools',
  'AddressPoolExhausted',
  'AddressPoolMissing',
  'AddressRefused',
  'PortTaken',
  'RuleRefused',
  'TooManyPorts',
];

/** Reason of a Service that asks for what no LoadBalancer can be. */
const INVALID = 'Invalid';

/** What has become of it. */
export interface Outcome {
  readonly loadBalancer: LoadBalancer | undefined;
  readonly ingress: ServiceIngress | undefined;
  /** The API server's words, when it takes no such LoadBalancer. */
  readonly refusal: string | undefined;
}

/** What is to be said of it. Until there is something new, what was said stays: nothing is written for a step on the way. */
export function conditionFor(
  service: Service,
  { loadBalancer, ingress, refusal }: Outcome,
  clock: Clock,
): Condition | undefined {
  const before = service.status?.conditions?.filter(({ type }) => type === LOAD_BALANCED) ?? [];
  const say = (status: Condition['status'], reason: string, message: string): Condition | undefined =>
    findCondition(setCondition(before, { type: LOAD_BALANCED, status, reason, message }, clock), LOAD_BALANCED);
  if (refusal !== undefined) return say('False', INVALID, refusal);
  const ready = findCondition(loadBalancer?.status?.conditions, 'Ready');
  if (ready?.status === 'False' && ITS_OWN.includes(ready.reason)) return say('False', ready.reason, ready.message);
  return ingress === undefined ? before[0] : say('True', 'Ready', '');
}
