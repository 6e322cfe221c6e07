import type { Cluster } from '../crds/cluster.ts';
import { Annotation } from '../crds/names.ts';
import type { Node } from '../crds/node.ts';
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
