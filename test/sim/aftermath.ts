import { AddressPoolKind } from '../../crds/address-pool.ts';
import { ClusterKind } from '../../crds/cluster.ts';
import type { Cluster } from '../../crds/cluster.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { Annotation, Label } from '../../crds/names.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import type { Node } from '../../crds/node.ts';
import { serviceKey } from '../../controllers/backends/dataplane.ts';
import { idOf, isOwnedBy } from '../../controllers/identity.ts';
import type { ResourceType } from '../../controllers/kube/client.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import type { KubeObject, Stored } from '../../controllers/runtime/object.ts';
import { asError } from '../../controllers/runtime/thrown.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { effectivePower, isAtMost, powerOf } from '../../controllers/power.ts';
import { balancingFaults } from './balancing-faults.ts';
import { chaseSquatters } from './deeds/engine.ts';
import type { Turn } from './deeds/turn.ts';
import { setPower } from './deeds/user.ts';
import { strangersOf } from './strangers.ts';
import { isOurs } from './witness.ts';
import type { Witness } from './witness.ts';

export interface Aftermath extends Pick<Turn, 'sim' | 'weather' | 'pace'> {
  readonly witness: Witness;
}

/** Within so long after the last fault, everything is as it should be; measured at most 5 minutes. */
const CONVERGES_WITHIN_MS = 15 * 60_000;
const LEAVES_WITHIN_MS = 10 * 60_000;

const named = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/**
 * The faults end, what is paused goes on, and then everything must become as it was asked for, come to rest, and go
 * without a trace when it is deleted. Returns what is wrong.
 */
export async function aftermath(scene: Aftermath): Promise<string[]> {
  const { sim } = scene;
  calm(scene);
  await takeBackPauses(sim);
  const held = await whileHeld(sim);
  if (held.length > 0) return held;
  await powerOn(sim);
  const converged = await comesToRest(sim, CONVERGES_WITHIN_MS);
  if (converged !== undefined) return [converged];
  const faults = faultsOf(sim);
  if (faults.length > 0) return faults;
  for (const node of sim.api.peekAll(NodeKind)) {
    if (!isOwned(sim, node)) await sim.user.delete(NodeKind, named(node));
  }
  const balancing: readonly ResourceType<KubeObject>[] = [LoadBalancerKind, AddressPoolKind];
  for (const type of balancing) {
    for (const object of sim.api.peekAll(type)) if (!isOwned(sim, object)) await sim.user.delete(type, named(object));
  }
  for (const cluster of sim.api.peekAll(ClusterKind)) await sim.user.delete(ClusterKind, named(cluster));
  const left = await isGone(sim, LEAVES_WITHIN_MS);
  return [...left, ...strangersOf(sim).wrongs()];
}

/** No fault begins any more, and those that last end. */
function calm({ sim, weather, pace }: Aftermath): void {
  weather.calm();
  pace.latencyMs = Math.min(pace.latencyMs, 60);
  sim.engine.unavailable(false);
  sim.api.start();
  sim.dataplane.interrupt(false);
  chaseSquatters(sim);
  sim.life.endAfter(Infinity, 'before');
  if (sim.life.isOver) sim.start();
}

/** What of the clusters and nodes that are not to run does more than it should. */
async function whileHeld(sim: Simulation): Promise<string[]> {
  const { api, engine } = sim;
  const isHeld = [...api.peekAll(ClusterKind), ...api.peekAll(NodeKind)].some(({ spec }) => spec.power !== 'Running');
  if (!isHeld) return [];
  const unsettled = await comesToRest(sim, CONVERGES_WITHIN_MS);
  if (unsettled !== undefined) return [unsettled];
  return api.peekAll(NodeKind).flatMap((node) => {
    const cluster = sim.find(ClusterKind, `${node.metadata.namespace ?? ''}/${node.spec.cluster}`);
    const power = powerOf(engine.look().containers.find(({ owner }) => owner === idOf(node)));
    const asked = effectivePower(node, cluster);
    if (isAtMost(power, asked)) return [];
    return [`Node ${node.metadata.name} is ${power} and should be ${asked}`];
  });
}

async function powerOn(sim: Simulation): Promise<void> {
  for (const object of [...sim.api.peekAll(ClusterKind), ...sim.api.peekAll(NodeKind)]) {
    const type: ResourceType<KubeObject> = object.kind === 'Cluster' ? ClusterKind : NodeKind;
    if (object.spec.power !== 'Running') await setPower(sim, type, named(object), 'Running');
  }
}

const isOwned = ({ api }: Simulation, object: Stored<KubeObject>): boolean =>
  api.peekAll(ClusterKind).some((cluster) => isOwnedBy(object, cluster));

async function takeBackPauses({ user, api }: Simulation): Promise<void> {
  const kinds: readonly ResourceType<KubeObject>[] = [
    ClusterKind,
    NodeKind,
    NetworkKind,
    LoadBalancerKind,
    AddressPoolKind,
  ];
  for (const type of kinds) {
    const paused = api.peekAll(type).filter(({ metadata }) => metadata.annotations?.[Annotation.paused] !== undefined);
    for (const object of paused) await user.annotate(type, named(object), { [Annotation.paused]: null });
  }
}

/** Until nothing was written for long enough; otherwise says so. */
async function comesToRest(sim: Simulation, withinMs: number): Promise<string | undefined> {
  try {
    await sim.settled(withinMs);
    return undefined;
  } catch (error) {
    return asError(error).message;
  }
}

async function isGone(sim: Simulation, withinMs: number): Promise<string[]> {
  for (let passedMs = 0; passedMs < withinMs && leftBehind(sim).length > 0; passedMs += 500) await sim.pass(500);
  // Nothing comes back.
  await sim.pass(35_000);
  return leftBehind(sim);
}

/** All that is ours and there. */
export function leftBehind({ api, engine, dataplane }: Simulation): string[] {
  const { containers, networks, volumes } = engine.look();
  const { addresses, services } = dataplane.state;
  const kinds = [ClusterKind, NodeKind, NetworkKind, SecretType, LoadBalancerKind, AddressPoolKind].map(
    (type: ResourceType<KubeObject>) => type,
  );
  const left = [
    ...[...containers, ...networks, ...volumes].filter(isOurs).map(({ name }) => name),
    ...kinds.flatMap((type) => api.peekAll(type)).map((object) => `${object.kind} ${named(object)}`),
    ...addresses.map(({ address }) => `address ${address}`),
    ...services.map((service) => `rule ${serviceKey(service)}`),
  ];
  return left.map((thing) => `left behind: ${thing}`);
}

/** What is in the engine and carries our labels, by the objects that it was made for. */
function unowned({ engine, api }: Simulation): string[] {
  const ids = new Set(
    [...api.peekAll(NodeKind), ...api.peekAll(NetworkKind), ...api.peekAll(AddressPoolKind)].map(idOf),
  );
  const { containers, networks, volumes } = engine.look();
  return [...containers, ...networks, ...volumes]
    .filter((thing) => isOurs(thing) && !ids.has(thing.labels[Label.id] ?? ''))
    .map(({ name }) => `nobody's ${name}`);
}

/** What is not as it was asked for. */
export function faultsOf(sim: Simulation): string[] {
  const { api } = sim;
  return [
    ...api.peekAll(ClusterKind).flatMap((cluster) => clusterFaults(sim, cluster)),
    ...api.peekAll(NodeKind).flatMap((node) => orphanFaults(sim, node)),
    ...unowned(sim),
    ...balancingFaults(sim),
    ...strangersOf(sim).wrongs(),
  ];
}

function clusterFaults(sim: Simulation, cluster: Stored<Cluster>): string[] {
  const name = named(cluster);
  const { deletionTimestamp } = cluster.metadata;
  if (deletionTimestamp !== undefined) return [`Cluster ${name} is still being deleted: ${sim.says(name)}`];
  const excuse = excuseOf(sim, name);
  if (excuse !== undefined) return sim.says(name).includes(excuse) ? [] : [`Cluster ${name} hides ${excuse}`];
  if (!sim.ready(name)) return [`Cluster ${name} is not Ready: ${sim.says(name)}`];
  const nodes = sim.nodes(name);
  const workers = sim.workers(name).filter((node) => isOwnedBy(node, cluster)).length;
  const hosts = nodes.map(({ status }) => status?.hostname).sort();
  const known = sim
    .kubeNodes(name)
    .map(({ metadata }) => metadata.name)
    .sort();
  return [
    ...(workers === cluster.spec.workers
      ? []
      : [`${String(workers)} workers instead of ${String(cluster.spec.workers)}`]),
    ...(hosts.join() === known.join() ? [] : [`Cluster ${name} knows ${known.join()} and should know ${hosts.join()}`]),
    ...(sim.secret(`${name}-kubeconfig`) === undefined ? [`Cluster ${name} has no kubeconfig`] : []),
    ...nodes.flatMap((node) => nodeFaults(sim, node)),
  ];
}

/** Why a cluster can not be Ready, whatever the operator does; it must say so. */
function excuseOf(sim: Simulation, name: string): string | undefined {
  const isKept = sim
    .nodes(name)
    .some(({ spec, metadata }) => spec.role === 'control-plane' && metadata.deletionTimestamp);
  return isKept ? 'only control plane' : undefined;
}

function nodeFaults(sim: Simulation, node: Stored<Node>): string[] {
  const { name } = node.metadata;
  const containers = sim.engine.look().containers.filter(({ owner }) => owner === idOf(node));
  const [container] = containers;
  if (container === undefined || containers.length > 1)
    return [`Node ${name} has ${String(containers.length)} containers`];
  const addresses = Object.values(container.addresses);
  const { address, containerID } = node.status ?? {};
  return [
    ...(container.state === 'running' ? [] : [`container ${container.name} is ${container.state}`]),
    ...(addresses.join() === address
      ? []
      : [`${container.name} is at ${addresses.join()} and not at ${address ?? ''}`]),
    ...(container.id === containerID ? [] : [`Node ${name} tells of another container than it has`]),
  ];
}

/** A Node whose cluster is not there says so. */
function orphanFaults(sim: Simulation, node: Stored<Node>): string[] {
  const { namespace = '', name } = node.metadata;
  if (sim.find(ClusterKind, `${namespace}/${node.spec.cluster}`) !== undefined) return [];
  const ready = sim.condition(node, 'Ready');
  if (ready?.status === 'False' && ready.reason === 'ClusterNotFound') return [];
  return [`Node ${name} has no cluster and does not say so: ${ready?.reason ?? ''}`];
}
