import { LoadBalancerCondition, Reason } from '../../../crds/conditions.ts';
import { PortTaken, TooManyPorts } from '../../../crds/errors.ts';
import type { BalancedRule } from '../../../crds/load-balancer.ts';
import { isDeleting } from '../../identity.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { BY_ADDRESS } from '../indexes.ts';
import { countPorts, portsText, rulesFor, spanText, takenPorts } from '../ports.ts';
import type { Taken } from '../ports.ts';
import type { LoadBalancerScope } from '../scope.ts';
import { keysOf } from '../traffic.ts';

/** No single LoadBalancer takes so much of the host that others feel it. */
const MOST_PORTS = 1000;

export function ensureFewPorts({ object }: LoadBalancerScope): Promise<Step> {
  const ports = countPorts(object.spec.ports);
  if (ports <= MOST_PORTS) return Promise.resolve(proceed());
  const error = new TooManyPorts({ loadBalancer: object.metadata.name, ports, most: MOST_PORTS });
  return Promise.resolve(fail(error.reason, error.message));
}

/** Which of its ports it has. Those that others have are waited for, and the rest works meanwhile. */
export function planRules(scope: LoadBalancerScope): Promise<Step> {
  const { object, status, balancing } = scope;
  const sharing = balancing.loadBalancers
    .byIndex(BY_ADDRESS, status.address ?? '')
    .filter((other) => !isDeleting(other));
  const self = { ...object, status };
  const taken = takenPorts(self, sharing);
  const why = (clash: Taken): string => clashOf(scope, [clash]).message;
  status.rules = rulesFor(self, taken, why).map((rule) => withTraffic(scope, rule));
  status.ports = portsText(object.spec.ports);
  const first = taken[0];
  if (first === undefined) {
    scope.report({ type: LoadBalancerCondition.PortsReady, status: 'True', reason: Reason.Ready, message: '' });
  } else {
    const { reason, message } = clashOf(
      scope,
      taken.filter(({ by }) => by === first.by),
    );
    scope.report({ type: LoadBalancerCondition.PortsReady, status: 'False', reason, message });
  }
  return Promise.resolve(proceed());
}

function clashOf({ object, status }: LoadBalancerScope, taken: readonly Taken[]): PortTaken {
  const by = taken[0]?.by;
  return new PortTaken({
    loadBalancer: object.metadata.name,
    ports: taken.map(({ span }) => spanText(span)).join(', '),
    address: status.address ?? '',
    by:
      by === undefined
        ? 'it itself, under another entry,'
        : `LoadBalancer ${by.metadata.namespace ?? ''}/${by.metadata.name}`,
  });
}

/** What was counted last, when the host has not been asked since. */
function withTraffic({ object, status, host }: LoadBalancerScope, rule: BalancedRule): BalancedRule {
  const counters = keysOf(rule, status.address ?? '').flatMap((key) => host.countersOf(key) ?? []);
  const before = object.status?.rules?.find((one) => spanText(one) === spanText(rule));
  // That nothing came yet is not worth a write.
  if (!counters.some(({ connections }) => connections > 0) && before?.connections === undefined) return rule;
  if (counters.length === 0) {
    const isSame = object.status?.address === status.address && before?.state === rule.state;
    return isSame ? { ...before, ...rule } : rule;
  }
  const sum = (of: (each: (typeof counters)[number]) => number): number =>
    counters.reduce((total, each) => total + of(each), 0);
  return {
    ...rule,
    connections: sum(({ connections }) => connections),
    inboundPackets: sum(({ inbound }) => inbound.packets),
    inboundBytes: sum(({ inbound }) => inbound.bytes),
    outboundPackets: sum(({ outbound }) => outbound.packets),
    outboundBytes: sum(({ outbound }) => outbound.bytes),
  };
}
