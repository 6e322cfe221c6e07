import type { Containers } from '../../controllers/backends/containers.ts';
import { dockerDataplane, helperName } from '../../controllers/backends/docker/dataplane-helper.ts';
import { silentLogger } from '../../controllers/runtime/log.ts';
import type { Instance } from '../management/instance.ts';

/**
 * Takes the installation's load balancing rules and addresses off the host, by the helper that has made them: it goes with
 * the other containers. The management node is stopped first, as the operator in it would write them again.
 */
export async function clearRules(
  containers: Containers,
  instance: Instance,
  socketPath: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await containers.find(helperName(instance.name), signal)) === undefined) return;
  const management = await containers.find(instance.management, signal);
  if (management?.state === 'running') await containers.stop(management.id, 0, signal);
  const dataplane = dockerDataplane({ socketPath, instance: instance.name, kind: 'Auto' }, silentLogger);
  try {
    await dataplane.apply({ addresses: [], services: [] }, signal);
  } finally {
    dataplane.close();
  }
}
