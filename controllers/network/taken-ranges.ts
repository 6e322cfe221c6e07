import type { ContainerNetwork } from '../backends/containers.ts';
import type { Route } from '../backends/host.ts';
import { keyOf, keyString } from '../runtime/object.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { World } from '../world.ts';
import type { TakenRange } from './subnet.ts';

interface Found {
  /** Of the object that asks: what was recorded for itself is not in its way. */
  readonly uid: string;
  readonly networks: readonly ContainerNetwork[];
  readonly routes: readonly Route[];
}

/** What a new Docker network must keep clear of. */
export function takenRanges(world: World, { uid, networks, routes }: Found): TakenRange[] {
  const recorded = [...world.networks.list(), ...(world.balancing?.pools.list() ?? [])];
  return [
    ...networks.flatMap(({ name, subnets }) => subnets.map((subnet) => ({ by: `docker network "${name}"`, subnet }))),
    // A default route covers everything and forbids nothing.
    ...routes
      .filter(({ destination }) => !destination.endsWith('/0'))
      .map(({ destination, device }) => ({ by: `the host's route through ${device}`, subnet: destination })),
    // Recorded for another whose Docker network is lost for the moment.
    ...recorded
      .filter(({ metadata }) => metadata.uid !== uid)
      .flatMap((object) =>
        object.status?.subnet === undefined ? [] : [{ by: nameOf(object), subnet: object.status.subnet }],
      ),
  ];
}

const nameOf = (object: KubeObject): string => `${object.kind} ${keyString(keyOf(object))}`;
