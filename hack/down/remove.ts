import type { Container, Containers, ContainerNetwork } from '../../controllers/backends/containers.ts';
import { Label } from '../../crds/names.ts';
import type { Instance } from '../management/instance.ts';

/** How many containers and volumes go at once. */
const AT_ONCE = 4;

/** What was removed, by name, for the person who asked. */
export interface Removed {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/**
 * Removes everything that carries the installation's label, and nothing else. The management node goes first: the
 * operator in it would make anew what it sees missing.
 */
export async function removeInstance(
  containers: Containers,
  instance: Instance,
  tell: (message: string) => void,
  signal: AbortSignal,
): Promise<Removed> {
  const isManagement = ({ name }: Container): boolean => name === instance.management;
  const found = await containers.list(instance.labels, signal);
  const remove = async ({ id, name }: Container): Promise<void> => {
    tell(`container ${name}`);
    await containers.remove(id, signal);
  };
  for (const container of found.filter(isManagement)) await remove(container);
  // Listed again: the operator may have made some until it was gone.
  const others = await containers.list(instance.labels, signal);
  await inParallel(others, remove);

  const networks = (await containers.networks.list(signal)).filter((network) => isOf(instance, network));
  for (const network of networks) {
    tell(`network ${network.name}`);
    await containers.networks.remove(network.id, signal);
  }
  const volumes = await containers.volumes.list(instance.labels, signal);
  await inParallel(volumes, async ({ name }) => {
    tell(`volume ${name}`);
    await containers.volumes.remove(name, signal);
  });
  const names = (things: readonly { readonly name: string }[]): string[] => things.map(({ name }) => name);
  return {
    containers: names([...found.filter(isManagement), ...others]),
    networks: names(networks),
    volumes: names(volumes),
  };
}

/** Whether another installation of ours has containers on this engine. */
export async function hasOtherInstances(
  containers: Containers,
  instance: Instance,
  signal: AbortSignal,
): Promise<boolean> {
  const all = await containers.list({ [Label.instance]: '' }, signal);
  return all.some(({ labels }) => labels[Label.instance] !== instance.name);
}

const isOf = (instance: Instance, { labels }: ContainerNetwork): boolean => labels[Label.instance] === instance.name;

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
