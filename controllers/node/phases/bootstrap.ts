import { EventReason } from '../../../crds/events.ts';
import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { BootstrapFailed, JoinFailed, NotANodeImage } from '../../../crds/errors.ts';
import { apiLoadBalancer } from '../../../crds/load-balancer.ts';
import { isAdopted, picksAddresses } from '../../adopted.ts';
import { clusterAccess } from '../../access.ts';
import type { FileContent } from '../../backends/containers.ts';
import { idOf } from '../../identity.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import { controlPlanePower } from '../../power.ts';
import { findCondition, isTrue } from '../../runtime/condition.ts';
import { keyOf } from '../../runtime/object.ts';
import { fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { TASK } from '../../task-names.ts';
import { networkOf, nodesOf } from '../../world.ts';
import { BOOTSTRAP, INIT_SCRIPT, JOIN_SCRIPT } from '../bootstrap-script.ts';
import { createBootstrapToken } from '../bootstrap-token.ts';
import { discoveryKubeconfig, initConfig, joinConfig } from '../kubeadm-config.ts';
import type { KubeadmSettings } from '../kubeadm-config.ts';
import { wantedPower } from '../power-order.ts';
import { clusterIn } from '../scope.ts';
import type { NodeScope } from '../scope.ts';
import { hasLostCluster, isSaidToBeLost, lossOf } from '../loss.ts';
import { membership, restartToJoin } from './membership.ts';
import { ensurePausedIfAsked } from './power.ts';

/** Between two tries: time for a person to read why, and no storm. */
const PAUSE = 'pause before bootstrapping again';
const RETRY_MS = 30_000;
const SOON_MS = 100;

/**
 * kubeadm has made the container a node of its cluster. Whether it has is read from the node's own disk, and whether it
 * runs from the node's systemd; nothing is remembered.
 */
export async function ensureBootstrapped(scope: NodeScope): Promise<Step> {
  const { object, status, world, signal } = scope;
  const container = status.containerID;
  // Whatever its disk says: kubeadm would put a new and empty cluster in place of the one that kind has begun.
  if (isAdopted(object) && object.spec.role === 'control-plane') return proceed();
  if (container === undefined) throw new Error('The node has no container: earlier phases did not run');
  const found = await membership(scope, container);
  if (found === 'member') return done(scope);
  const unit = await world.containers.unitState(container, BOOTSTRAP.unit, signal);
  switch (unit.state) {
    case 'absent':
      return start(scope, container);
    case 'running':
      return watch(scope, container);
    case 'succeeded':
      if (found === 'foreign') return restartToJoin(scope, container);
      // It ended between our two looks.
      return waitToSee(scope, 'kubeadm has ended', SOON_MS);
    case 'failed':
      return explain(scope, container);
  }
}

async function done({ object, status, world, signal }: NodeScope): Promise<Step> {
  if (isTrue(status.conditions, NodeCondition.Bootstrapped)) {
    return isSaidToBeLost(object) ? proceed(Reason.DataLost, lossOf(object)) : proceed();
  }
  world.events.record({
    object,
    type: 'Normal',
    reason: EventReason.Bootstrapped,
    action: 'Bootstrap',
    message: `kubeadm has made ${object.metadata.name} a ${object.spec.role} of cluster ${object.spec.cluster}`,
  });
  // Whatever else was said meanwhile.
  const loss = await world.containers.readFile(status.containerID ?? '', BOOTSTRAP.loss, signal);
  return loss === undefined ? proceed() : proceed(Reason.DataLost, loss);
}

async function start(scope: NodeScope, container: string): Promise<Step> {
  const { object, world, signal } = scope;
  const files =
    object.spec.role === 'control-plane' ? await initFiles(scope, container) : await joinFiles(scope, container);
  if ('kind' in files) return files;
  await world.containers.writeFiles(container, files, signal);
  const unit = { name: BOOTSTRAP.unit, argv: ['/bin/sh', BOOTSTRAP.script], logFile: BOOTSTRAP.log };
  await world.containers.startUnit(container, unit, signal);
  return watch(scope, container);
}

/** A task waits beside the loop for kubeadm's end, and wakes us. */
async function watch(scope: NodeScope, container: string): Promise<Step> {
  const { object, world, signal } = scope;
  const run = world.tasks.ensure({
    owner: object.metadata.uid,
    id: 'watch bootstrap',
    measuredAs: TASK.bootstrap,
    generation: container,
    run: (abort) => world.containers.waitForUnit(container, BOOTSTRAP.unit, abort),
    onSettled: () => {
      world.tasks.forget(object.metadata.uid, 'watch bootstrap');
      world.wake('Node', keyOf(object));
    },
  });
  const log = await world.containers.readFile(container, BOOTSTRAP.log, signal);
  return waitToSee(scope, lastLines(log, 1), run.state === 'running' ? 3_000 : 500);
}

async function explain(scope: NodeScope, container: string): Promise<Step> {
  const { object, status, world, signal } = scope;
  const tail = lastLines(await world.containers.readFile(container, BOOTSTRAP.log, signal), 8);
  const error =
    object.spec.role === 'control-plane'
      ? new BootstrapFailed({ node: object.metadata.name, step: 'kubeadm init', tail })
      : new JoinFailed({ node: object.metadata.name, cluster: object.spec.cluster, tail });
  const { reason, message } = error;
  if (findCondition(status.conditions, NodeCondition.Bootstrapped)?.message !== message) {
    world.events.record({ object, type: 'Warning', reason, action: 'Bootstrap', message });
  }
  const pause = world.tasks.ensure({
    owner: object.metadata.uid,
    id: PAUSE,
    generation: container,
    run: (abort) => world.clock.sleep(RETRY_MS, abort),
    onSettled: () => {
      world.wake('Node', keyOf(object));
    },
  });
  if (pause.state !== 'succeeded') return fail(reason, message);
  world.tasks.forget(object.metadata.uid, PAUSE);
  return start(scope, container);
}

/** While kubeadm runs, `line` is the last of its log. */
function waitToSee({ object }: NodeScope, line: string, afterMs: number): Step {
  const message = line === '' ? 'kubeadm starts' : line;
  if (object.spec.role === 'worker') return waitFor(Reason.Joining, message, afterMs);
  return hasLostCluster(object)
    ? waitFor(Reason.DataLost, `${lossOf(object)} ${message}`, afterMs)
    : waitFor(Reason.Bootstrapping, message, afterMs);
}

async function settings(scope: NodeScope, container: string): Promise<KubeadmSettings | Step> {
  const { status, world, signal } = scope;
  const version = await world.containers.readFile(container, '/kind/version', signal);
  if (version === undefined || status.hostname === undefined) {
    const error = new NotANodeImage({ image: status.image ?? '', why: 'it has no /kind/version' });
    return fail(error.reason, error.message);
  }
  status.version = version.trim();
  const { cgroupVersion } = await world.containers.engine.info(signal);
  const address = picksAddresses(networkOf(world, clusterIn(scope))) ? undefined : status.address;
  return {
    version: version.trim(),
    hostname: status.hostname,
    cgroupVersion,
    ...(address !== undefined && { address }),
  };
}

async function initFiles(scope: NodeScope, container: string): Promise<FileContent[] | Step> {
  const common = await settings(scope, container);
  if ('kind' in common) return common;
  const { object, world } = scope;
  const { address } = common;
  if (address === undefined) throw new Error(`Node ${object.metadata.name} has no address to begin a cluster at`);
  const { networking, workers } = clusterIn(scope).spec;
  const publisher = { namespace: object.metadata.namespace ?? '', name: apiLoadBalancer(object.spec.cluster) };
  const publishedAt = world.balancing?.loadBalancers.get(publisher)?.status?.address;
  const config = initConfig({
    ...common,
    address,
    podCIDR: networking.podCIDR,
    serviceCIDR: networking.serviceCIDR,
    takesPods: workers === 0,
    ...(publishedAt !== undefined && { publishedAt }),
  });
  return [
    { path: BOOTSTRAP.config, content: config, mode: 0o600 },
    { path: BOOTSTRAP.script, content: INIT_SCRIPT, mode: 0o700 },
    ...(hasLostCluster(object) ? [{ path: BOOTSTRAP.loss, content: lossOf(object), mode: 0o600 }] : []),
  ];
}

async function joinFiles(scope: NodeScope, container: string): Promise<FileContent[] | Step> {
  const { object, world, signal } = scope;
  const cluster = clusterIn(scope);
  const controlPlanes = nodesOf(world, cluster).filter(({ spec }) => spec.role === 'control-plane');
  // While no control plane is to run there is nobody to join, and nothing that would be frozen half done.
  if (wantedPower(scope) === 'Paused' && controlPlanePower(controlPlanes, cluster) === 'Stopped')
    return ensurePausedIfAsked(scope);
  if (!controlPlanes.some((node) => isTrue(node.status?.conditions, NodeCondition.Bootstrapped))) {
    return waitFor(Reason.Waiting, 'The control plane is not bootstrapped yet', 5_000);
  }
  const access = await clusterAccess(world, cluster, signal);
  if (access === undefined) return waitFor(Reason.Waiting, 'The control plane does not run');
  const common = await settings(scope, container);
  if ('kind' in common) return common;
  // One that was there before, and is still registered: kubeadm would not join a second one of that name.
  const former = { namespace: '', name: common.hostname };
  if ((await access.client.get(KubeNodeType, former, signal)) !== undefined) {
    await access.client.delete(KubeNodeType, former, {}, signal);
  }
  const token = await createBootstrapToken(access.client, idOf(object), world.clock, signal);
  return [
    { path: BOOTSTRAP.config, content: joinConfig(common, { file: BOOTSTRAP.discovery, token }), mode: 0o600 },
    {
      path: BOOTSTRAP.discovery,
      content: discoveryKubeconfig(access.endpointForNodes, access.certificateAuthority),
      mode: 0o600,
    },
    { path: BOOTSTRAP.script, content: JOIN_SCRIPT, mode: 0o700 },
  ];
}

/** The last lines that say something. */
function lastLines(log: string | undefined, count: number): string {
  const lines = (log ?? '').split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
