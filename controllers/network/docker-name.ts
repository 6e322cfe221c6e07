import { idOf } from '../identity.ts';
import type { NetworkScope } from './scope.ts';

/** `qbo-<cluster>`; qualified by namespace where another network has that name already. For people only. */
export async function networkName({ object, world, signal }: NetworkScope): Promise<string> {
  const { name, namespace } = object.metadata;
  const short = `${world.settings.instance}-${name}`;
  const all = await world.containers.networks.list(signal);
  const isTaken = all.some((other) => other.name === short && other.owner !== idOf(object));
  return isTaken ? `${world.settings.instance}-${namespace ?? ''}-${name}` : short;
}
