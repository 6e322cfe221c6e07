import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { ResourcesExceedHost, UnitRefused } from '../../../crds/errors.ts';
import { EventReason } from '../../../crds/events.ts';
import { clusterAccess } from '../../access.ts';
import type { Container, FileContent, Resources } from '../../backends/containers.ts';
import { cpuWords, memoryWords } from '../../backends/resources.ts';
import { isUnavailable } from '../../kube/error.ts';
import { KubeNodeType } from '../../kube/kinds.ts';
import type { KubeNode } from '../../kube/kinds.ts';
import { findCondition } from '../../runtime/condition.ts';
import { fail, proceed, unknown, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import {
  KUBELET,
  beyond,
  coveringFiles,
  isSame,
  isTold,
  lessThanHost,
  limitsFor,
  reservingConfig,
  resourcesOf,
  wantedResources,
} from '../resources.ts';
import { clusterIn } from '../scope.ts';
import type { NodeScope } from '../scope.ts';
import { orderService, servicesIn } from '../services.ts';

const SOON_MS = 1_000;
/** A kubelet reports its size within seconds of its start. */
const REPORTS_WITHIN_MS = 15_000;

interface Sizes {
  readonly container: Container;
  readonly limits: Resources;
  readonly host: Required<Resources>;
}

/**
 * The node has the CPUs and the memory that are asked for, and its kubelet says so. Changed while it runs: pods go on. What
 * the kubelet says is read from the cluster, so it is right again after whatever happened to the container.
 */
export async function ensureResources(scope: NodeScope): Promise<Step> {
  const { object, cluster, world, signal } = scope;
  const wanted = wantedResources(object, cluster);
  const container = await scope.container();
  if (container === undefined || (isSame(wanted, {}) && isSame(container.resources, {}))) return applied(scope, wanted);
  const host = resourcesOf(await world.containers.engine.info(signal));
  const tooMuch = beyond(wanted, host);
  if (tooMuch !== undefined) return exceeds(scope, { resource: tooMuch, wanted, host });
  const limits = limitsFor(wanted, container.resources, host);
  if (!isSame(limits, container.resources)) await limit(scope, container, limits);
  const node = await kubernetesNode(scope);
  if (node === undefined) return unknown(waitFor(Reason.ControlPlaneStarting, 'The cluster can not be asked'));
  if (isTold(node, limits)) return applied(scope, wanted);
  return tellKubelet(scope, { container, limits, host });
}

/** Written down, so that the cluster does not call itself Ready before. */
function applied({ status }: NodeScope, wanted: Resources): Step {
  delete status.resources;
  const { millicpus, memoryBytes } = wanted;
  if (isSame(wanted, {})) return proceed();
  status.resources = {
    ...(millicpus !== undefined && { cpu: cpuWords(millicpus) }),
    ...(memoryBytes !== undefined && { memory: memoryWords(memoryBytes) }),
  };
  return proceed(Reason.Ready, wordsFor(wanted));
}

function exceeds(
  { object }: NodeScope,
  { resource, wanted, host }: { resource: keyof Resources; wanted: Resources; host: Required<Resources> },
): Step {
  const words = resource === 'millicpus' ? cpuWords : memoryWords;
  const error = new ResourcesExceedHost({
    what: `Node ${object.metadata.name}`,
    resource: resource === 'millicpus' ? 'cpu' : 'memory',
    wanted: words(wanted[resource] ?? 0),
    has: words(host[resource]),
  });
  return fail(error.reason, error.message);
}

async function limit({ object, world, signal }: NodeScope, container: Container, limits: Resources): Promise<void> {
  await world.containers.update(container.id, limits, signal);
  world.events.record({
    object,
    type: 'Normal',
    reason: EventReason.ResourcesChanged,
    action: 'UpdateContainer',
    message: `Container ${container.name} may use ${wordsFor(limits)}`,
  });
}

async function kubernetesNode(scope: NodeScope): Promise<KubeNode | undefined> {
  const { status, world, signal } = scope;
  const access = await clusterAccess(world, clusterIn(scope), signal);
  try {
    return await access?.client.get(KubeNodeType, { namespace: '', name: status.hostname ?? '' }, signal);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return undefined;
  }
}

/** By files that it reads when it starts. They may be there although it has not been restarted since: we may have died. */
async function tellKubelet(scope: NodeScope, { container, limits, host }: Sizes): Promise<Step> {
  const { world, signal } = scope;
  const missing = await filesMissing(scope, container, lessThanHost(limits, host));
  if (missing.length > 0) await world.containers.writeFiles(container.id, missing, signal);
  const kubelet = (await servicesIn(world.containers, container.id, signal)).find(({ name }) => name === 'kubelet');
  const isDue = kubelet?.since !== undefined && world.clock.now() - kubelet.since >= patienceMs(scope);
  const message = `The kubelet of container ${container.name} does not say yet that it has ${wordsFor(limits)}`;
  if (missing.length > 0 || isDue) await restartKubelet(scope, container);
  return waitFor(Reason.ApplyingResources, message, SOON_MS);
}

/** What a restart did not help is restarted ever more rarely. */
function patienceMs({ status, world }: NodeScope): number {
  const told = findCondition(status.conditions, NodeCondition.ResourcesReady);
  const sinceMs = told?.status === 'False' ? world.clock.now() - Date.parse(told.lastTransitionTime) : 0;
  return Math.max(REPORTS_WITHIN_MS, sinceMs / 2);
}

async function filesMissing(scope: NodeScope, { id }: Container, limits: Resources): Promise<readonly FileContent[]> {
  const { containers } = scope.world;
  const read = (path: string): Promise<string | undefined> => containers.readFile(id, path, scope.signal);
  const covering = await Promise.all(
    coveringFiles(limits).map(async (file) => ((await read(file.path)) === file.content ? [] : [file])),
  );
  const config = await read(KUBELET.config);
  const reserving = config === undefined ? undefined : reservingConfig(config, limits);
  return [
    ...covering.flat(),
    ...(reserving === undefined ? [] : [{ path: KUBELET.config, content: reserving, mode: 0o644 }]),
  ];
}

async function restartKubelet({ world, signal }: NodeScope, { id, name }: Container): Promise<void> {
  const { containers } = world;
  await containers.exec(id, { argv: ['systemctl', 'daemon-reload'] }, signal);
  const answer = await orderService(containers, { container: id, order: 'restart', name: 'kubelet' }, signal);
  if (answer !== undefined) throw new UnitRefused({ unit: 'kubelet', container: name, answer });
}

function wordsFor({ millicpus, memoryBytes }: Resources): string {
  const cpus = millicpus === undefined ? [] : [`${cpuWords(millicpus)} CPUs`];
  const memory = memoryBytes === undefined ? [] : [`${memoryWords(memoryBytes)} of memory`];
  return [...cpus, ...memory].join(' and ');
}
