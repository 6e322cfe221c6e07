import type { Container, Resources } from '../backends/containers.ts';
import { coveringFiles, isSame, lessThanHost, resourcesOf, wantedResources } from './resources.ts';
import type { NodeScope } from './scope.ts';

/** What of the resources that are asked for a new container can get. The rest is complained about when it runs. */
export async function resourcesThatFit({ object, cluster, world, signal }: NodeScope): Promise<Resources> {
  const wanted = wantedResources(object, cluster);
  if (isSame(wanted, {})) return {};
  const host = resourcesOf(await world.containers.engine.info(signal));
  return {
    ...(wanted.millicpus !== undefined && wanted.millicpus <= host.millicpus && { millicpus: wanted.millicpus }),
    ...(wanted.memoryBytes !== undefined &&
      wanted.memoryBytes <= host.memoryBytes && { memoryBytes: wanted.memoryBytes }),
  };
}

/** So that the kubelet says from its first word how large the node is, and no pod is put where it has no room. */
export async function coverBeforeFirstStart({ world, signal }: NodeScope, container: Container): Promise<void> {
  if (isSame(container.resources, {})) return;
  const host = resourcesOf(await world.containers.engine.info(signal));
  const files = coveringFiles(lessThanHost(container.resources, host));
  await world.containers.writeFiles(container.id, files, signal);
}
