import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import type { Container } from '../../backends/containers.ts';
import type { Prober, Target } from '../../backends/prober.ts';
import type { Condition } from '../../runtime/condition.ts';
import { findCondition } from '../../runtime/condition.ts';
import { Deadline } from '../../runtime/deadline.ts';
import { proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { asError } from '../../runtime/thrown.ts';
import type { NodeScope } from '../scope.ts';

/** Where kube-proxy says how it is, on every node, unless it is told otherwise. */
const HEALTH_PORT = 10_256;
const PATH = '/healthz';
const ANSWER_MS = 2_000;
const SOON_MS = 500;
/** Clusters may have something else instead of kube-proxy, which nobody can ask. */
const PATIENCE_MS = 60_000;
const SECOND_MS = 1_000;

/**
 * Whether the node leads connections to Services on, which it does a while after its kubelet calls it Ready: load balancers
 * send it none before. Asked once after each start of the container, and nothing of the node's own life waits for it.
 */
export async function noteServiceProxy(scope: NodeScope): Promise<Step> {
  const { status, world, report, lookAgainIn } = scope;
  const { prober } = world;
  const container = await scope.container();
  if (world.balancing === undefined || prober === undefined || container === undefined) return proceed();
  const type = NodeCondition.ServicesReady;
  const known = findCondition(status.conditions, type);
  if (known?.status === 'True' && isSince(known, container)) return proceed();
  const why = await complaint(scope, prober);
  if (why === undefined) {
    report({ type, status: 'True', reason: Reason.Ready, message: '' });
  } else if (isTiresome(known, container, world.clock.now())) {
    const message = `Nobody tells whether it leads connections to Services on, so it is taken to: ${why}`;
    report({ type, status: 'True', reason: Reason.Ready, message });
  } else {
    report({
      type,
      status: 'False',
      reason: Reason.ServiceProxyStarting,
      message: `kube-proxy on port ${String(HEALTH_PORT)}: ${why}`,
    });
    lookAgainIn(SOON_MS);
  }
  return proceed();
}

/** Conditions have whole seconds. */
const isSince = ({ lastTransitionTime }: Condition, { startedAt }: Container): boolean =>
  Date.parse(lastTransitionTime) + SECOND_MS > Date.parse(startedAt);

const isTiresome = (known: Condition | undefined, container: Container, now: number): boolean =>
  known?.status === 'False' && isSince(known, container) && now - Date.parse(known.lastTransitionTime) >= PATIENCE_MS;

/** What is wrong with it; undefined when it is as it should be. */
async function complaint({ status, world, signal }: NodeScope, prober: Prober): Promise<string | undefined> {
  const message = `no answer within ${String(ANSWER_MS / 1000)} s`;
  const deadline = new Deadline(world.clock, ANSWER_MS, message, signal);
  const address = status.address ?? '';
  const target: Target = { protocol: 'HTTP', address, port: HEALTH_PORT, path: PATH, payload: '', isRight: hasRules };
  try {
    await prober.probe(target, deadline.signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return deadline.signal.aborted ? message : asError(error).message;
  } finally {
    deadline.clear();
  }
}

/**
 * It calls itself healthy from its first moment on, and tells the state of a family of addresses once its rules are there.
 * Older ones tell no state.
 */
export const hasRules = (answer: string): boolean => !answer.includes('"healthy"') || answer.includes('"status"');
