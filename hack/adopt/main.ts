/** `make adopt`: declares Clusters again whose containers are there and whose objects were lost. `make up` does it, too. */
import { dockerContainers } from '../../controllers/backends/docker/index.ts';
import { apiServerClient } from '../../controllers/kube/api-server.ts';
import { silentLogger } from '../../controllers/runtime/log.ts';
import { ensureEngine } from '../engine/ensure-engine.ts';
import { kubeconfigFiles } from '../kubeconfig/merge.ts';
import { instanceOf } from '../management/instance.ts';
import { withInstanceLock } from '../management/instance-lock.ts';
import { untilInterrupted } from '../management/interrupt.ts';
import { orphanedInstances, rebuildClusters } from './rebuild.ts';

await untilInterrupted('make adopt', async (signal) => {
  const instance = instanceOf(process.env);
  const { socketPath } = await ensureEngine();
  const containers = dockerContainers({ socketPath }, silentLogger);
  const [kubeconfigFile] = kubeconfigFiles(process.env);
  const kube = apiServerClient({ kubeconfigFile, context: instance.context });
  try {
    const work = (): Promise<readonly string[]> => rebuildClusters({ kube, containers, instance }, signal);
    const told = await withInstanceLock(instance, work, signal);
    const lines = [...told, ...(await orphanedInstances({ containers, instance }, signal))];
    process.stdout.write(`${lines.length === 0 ? 'Nothing was lost.' : lines.join('\n')}\n`);
  } finally {
    kube.close();
  }
});
