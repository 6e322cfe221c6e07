/** One cluster of three nodes on the engine, for sections that look at what becomes of it. */
import { Installation } from '../../test/fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../../test/fixtures/operator/objects.ts';
import { step } from '../console/progress.ts';

export const CLUSTER = inDefault('bench');

export async function withCluster<T>(
  work: (installation: Installation) => Promise<T>,
  settings: Readonly<Record<string, string>> = {},
): Promise<T> {
  await using installation = await Installation.start({
    kind: 'bench',
    settings: { QBO_LOG_LEVEL: 'info', ...settings },
  });
  await installation.untilOperatorReady();
  const { image } = installation;
  await step('Make a cluster of three nodes', async () => {
    await installation.apply(clusterManifest(CLUSTER.name, { image, workers: 2 }));
    await installation.untilReady(CLUSTER);
  });
  return await work(installation);
}
