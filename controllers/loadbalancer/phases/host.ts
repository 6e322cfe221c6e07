import { Reason } from '../../../crds/conditions.ts';
import { AddressRefused, DataplaneUnavailable, RuleRefused } from '../../../crds/errors.ts';
import { idOf } from '../../identity.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { partOf } from '../desired.ts';
import type { LoadBalancerScope } from '../scope.ts';
import { keysOf } from '../traffic.ts';

/** It is heard of when the host has answered; this is for the case that it is not. */
const LOOK_AGAIN_MS = 5_000;

/** The host balances as the status says. What it refuses is said of the rule, and does not harm others. */
export function ensureBalanced(scope: LoadBalancerScope): Promise<Step> {
  return Promise.resolve(look(scope));
}

function look({ object, status, host }: LoadBalancerScope): Step {
  const { failure, capabilities } = host;
  if (capabilities !== undefined) {
    status.dataplane = capabilities.kind;
    status.dataplaneReason = capabilities.why.slice(0, 512);
  }
  if (failure !== undefined) {
    const error =
      failure instanceof DataplaneUnavailable ? failure : new DataplaneUnavailable({ why: failure.message });
    return waitFor(error.reason, error.message, LOOK_AGAIN_MS);
  }
  const { name: loadBalancer } = object.metadata;
  const address = status.address ?? '';
  const refused = host.refusals(idOf(object), partOf({ ...object, status }));
  if (refused === undefined) return waitFor(Reason.Programming, 'The host is being told', LOOK_AGAIN_MS);
  if (refused[address] !== undefined) {
    const error = new AddressRefused({ loadBalancer, address, why: refused[address] });
    return fail(error.reason, error.message);
  }
  const whyOf = (keys: readonly string[]): string | undefined => refused[keys.find((key) => key in refused) ?? ''];
  status.rules = (status.rules ?? []).map((rule) => {
    const message = rule.state === 'Waiting' ? undefined : whyOf(keysOf(rule, address));
    return message === undefined ? rule : { ...rule, state: 'Refused' as const, message: message.slice(0, 1024) };
  });
  const [rule, why] = Object.entries(refused)[0] ?? [];
  if (rule === undefined || why === undefined) return proceed();
  const error = new RuleRefused({ loadBalancer, rule, why });
  return fail(error.reason, error.message);
}
