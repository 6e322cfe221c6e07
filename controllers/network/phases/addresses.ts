import { Reason } from '../../../crds/conditions.ts';
import { Label } from '../../../crds/names.ts';
import { readRecipe } from '../../node/recipe.ts';
import { BY_CLUSTER } from '../../world.ts';
import { picksAddresses } from '../../adopted.ts';
import { idOf } from '../../identity.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { assignAddresses } from '../addresses.ts';
import type { AssignedAddress } from '../addresses.ts';
import type { NetworkScope } from '../scope.ts';

/** Every Node of the cluster has an address, recorded in the status for as long as the Node exists. */
export async function ensureAddresses(scope: NetworkScope): Promise<Step> {
  const { object, status, world } = scope;
  if (status.subnet === undefined) return proceed();
  const nodes = world.nodes
    .byIndex(BY_CLUSTER, `${object.metadata.namespace ?? ''}/${object.spec.cluster}`)
    .map(({ metadata, spec }) => ({ node: metadata.name, role: spec.role, createdAt: metadata.creationTimestamp }));
  const present = await onContainers(scope);
  if (picksAddresses(object)) {
    status.addresses = present;
    return proceed();
  }
  const written = [...present, ...(status.addresses ?? [])];
  const known = [...written, ...(await onVolumes(scope, written))];
  status.addresses = assignAddresses(status.subnet, nodes, known);
  const without = nodes.length - status.addresses.length;
  if (without === 0) return proceed();
  return fail(
    Reason.SubnetFull,
    `Network ${object.metadata.name} has no address left for ${String(without)} Nodes: ${status.subnet} is full. Scale the cluster down.`,
  );
}

/**
 * What containers have that have run: the truth when a status was lost, or when a Node that came under the name of a
 * former one took that one's address before it was given away. An address never moves, so the book follows.
 */
async function onContainers({ object, status, world, signal }: NetworkScope): Promise<AssignedAddress[]> {
  const nodes = world.nodes.byIndex(BY_CLUSTER, `${object.metadata.namespace ?? ''}/${object.spec.cluster}`);
  const found = await Promise.all(
    nodes.map(async (node) => {
      const [container] = await world.containers.findByOwner(idOf(node), signal);
      const address = container?.addresses[status.dockerNetworkID ?? ''];
      const isFree = address === undefined || container?.startedAt === '';
      return isFree ? [] : [{ node: node.metadata.name, address }];
    }),
  );
  return found.flat();
}

/** Where nodes were that no book knows and whose containers are gone: their disks still expect that address. */
async function onVolumes(
  { object, world, signal }: NetworkScope,
  written: readonly AssignedAddress[],
): Promise<AssignedAddress[]> {
  const unknown = world.nodes
    .byIndex(BY_CLUSTER, `${object.metadata.namespace ?? ''}/${object.spec.cluster}`)
    .filter(({ metadata }) => !written.some(({ node }) => node === metadata.name));
  const found = await Promise.all(
    unknown.map(async (node) => {
      const volumes = await world.containers.volumes.list({ [Label.id]: idOf(node) }, signal);
      const address = volumes.map(({ labels }) => readRecipe(labels)?.address).find((each) => each !== undefined);
      return address === undefined ? [] : [{ node: node.metadata.name, address }];
    }),
  );
  return found.flat();
}
