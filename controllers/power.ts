import type { Cluster } from '../crds/cluster.ts';
import { Annotation } from '../crds/names.ts';
import type { Node } from '../crds/node.ts';
import type { Container } from './backends/containers.ts';
import type { KubeObject } from './runtime/object.ts';

export type Power = 'Running' | 'Paused' | 'Stopped';

const LEAST_FIRST: readonly Power[] = ['Stopped', 'Paused', 'Running'];

/**
 * What a node's container is to do: the lesser of what its cluster and the Node itself ask for. Anything but Running means
 * that a container that does not run is no fault, and nothing that speaks to it or mends it may act.
 */
export function effectivePower(node: Node, cluster: Cluster | undefined): Power {
  // Objects of before this field was there have none until they are next written.
  const asked: readonly (Power | undefined)[] = [cluster?.spec.power, node.spec.power];
  return LEAST_FIRST.find((power) => asked.includes(power)) ?? 'Running';
}

/** Whether the annotation `qbo.io/paused` keeps the operator away from an object: nothing that it lacks will come. */
export const isLeftAlone = ({ metadata }: KubeObject): boolean =>
  (metadata.annotations?.[Annotation.paused] ?? 'false') !== 'false';

/** Whether `power` is no more than `limit`. */
export const isAtMost = (power: Power, limit: Power): boolean =>
  LEAST_FIRST.indexOf(power) <= LEAST_FIRST.indexOf(limit);

/** What a container does, in the same words; one that is not there is stopped. */
export function powerOf(container: Pick<Container, 'state'> | undefined): Power {
  if (container?.state === 'paused') return 'Paused';
  return container?.state === 'running' || container?.state === 'restarting' ? 'Running' : 'Stopped';
}

/**
 * What a cluster's API server is to do: it runs as long as one control plane is to. While it is not Running nobody may ask
 * it: one that is stopped refuses, and one that is paused takes the connection and never answers.
 */
export function controlPlanePower(nodes: readonly Node[], cluster: Cluster | undefined): Power {
  const powers = nodes.filter(({ spec }) => spec.role === 'control-plane').map((node) => effectivePower(node, cluster));
  if (powers.length === 0) return cluster?.spec.power ?? 'Running';
  return LEAST_FIRST.findLast((power) => powers.includes(power)) ?? 'Running';
}

/** `Stopped, as spec.power of Cluster dev asks`: whose wish it is that a node does not run. */
export const asAsked = (node: Node, cluster: Cluster | undefined): string =>
  `${effectivePower(node, cluster)}, ${whoAsks(node, cluster)}`;

/** `as spec.power of Cluster dev asks`. */
export function whoAsks(node: Node, cluster: Cluster | undefined): string {
  const power = effectivePower(node, cluster);
  const isOfCluster = cluster?.spec.power === power;
  const whose = isOfCluster ? `Cluster ${cluster.metadata.name}` : `Node ${node.metadata.name}`;
  return `as spec.power of ${whose} asks`;
}
