import { idOf } from '../identity.ts';
import type { ContainerNetwork } from '../backends/containers.ts';
import type { NetworkScope } from './scope.ts';

/** `qbo-<cluster>`; qualified by namespace where another of the engine's networks has that name. For people only. */
export function networkName({ object, world }: NetworkScope, all: readonly ContainerNetwork[]): string {
  const { name, namespace } = object.metadata;
  const short = `${world.settings.instance}-${name}`;
  const isTaken = all.some((other) => other.name === short && other.owner !== idOf(object));
  return isTaken ? `${world.settings.instance}-${namespace ?? ''}-${name}` : short;
}
