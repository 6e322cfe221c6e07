import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { AddressPoolKind } from '../../crds/address-pool.ts';
import { ClusterKind } from '../../crds/cluster.ts';
import { dockerContainers } from '../../controllers/backends/docker/index.ts';
import { apiServerClient } from '../../controllers/kube/api-server.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { silentLogger } from '../../controllers/runtime/log.ts';
import { orphanedInstances, rebuildClusters } from '../adopt/rebuild.ts';
import { bridgeKubeconfig } from '../bridge/credentials.ts';
import { ensureBridge } from '../bridge/ensure-bridge.ts';
import { bridgePlace, type BridgePlace } from '../bridge/place.ts';
import { assertPortIsOurs } from '../bridge/port.ts';
import { step } from '../console/progress.ts';
import { ensureEngine, type Engine } from '../engine/ensure-engine.ts';
import { ensureServiceAddressGuard } from '../engine/service-address-guard.ts';
import { kubeconfigFiles, kubeconfigRefusal, mergeKubeconfig } from '../kubeconfig/merge.ts';
import { bringUpManagement } from '../management/bring-up.ts';
import type { Instance } from '../management/instance.ts';
import { instanceFolder } from '../management/instance-lock.ts';
import { loadImage, nodeHasImage, removeOtherImages } from '../management/load-image.ts';
import { socketInside } from '../management/mounts.ts';
import { waitForCluster } from '../management/ready.ts';
import { rememberKubeconfig } from '../management/remembered.ts';
import { ensureNodeImage } from '../node-image/ensure-node-image.ts';
import { ensureOperatorImage } from '../operator-image/ensure-operator-image.ts';
import { ensureCommandLine } from './command-line.ts';
import { fitted } from './installation.ts';
import { applyAll, readKustomization, readManifest } from './manifests.ts';
import { waitForOperator } from './rollout.ts';
import { teller } from './tell.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', 'manifests');

/** Brings an installation up: engine, images, management cluster, operator, bridge, command line, kubeconfig context and the cluster `dev`. */
export async function up(instance: Instance, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const files = kubeconfigFiles(env);
  const refused = await kubeconfigRefusal(files, instance.context);
  if (refused !== undefined) throw new Error(refused);

  const place = bridgePlace(instance, env);
  const engine = await ensureEngine();
  // Before minutes of work, not after.
  await assertPortIsOurs(engine, place);
  await guard(engine);
  const { image: nodeImage } = await step('Node image', async (report) => {
    const found = await ensureNodeImage(engine, env);
    if (found.source === 'cached') report.cached(found.image);
    return found;
  });
  signal.throwIfAborted();

  const { kubeconfig, operatorImage } = await sideBySide(signal, {
    kubeconfig: (either) => management(engine, instance, nodeImage, either),
    operatorImage: () => ensureOperatorImage(engine, env),
  });
  const kube = apiServerClient({ kubeconfig });
  try {
    await install({ engine, instance, kube, operatorImage }, place, signal);
    await bridge({ engine, instance, kube, operatorImage }, { place, admin: kubeconfig }, signal);
    await commandLine(instance, place, env);
    await step(`kubeconfig context "${instance.context}" in ${files[0]}`, async (report) => {
      await rememberKubeconfig(instance, files[0]);
      const entry = { instance: instance.context, kubeconfig };
      const isChanged = await mergeKubeconfig(files, entry, { onWait: report, signal });
      if (!isChanged) report.cached();
    });
    await rebuild({ engine, instance, kube, operatorImage }, signal);
    await sample(kube, signal);
  } finally {
    kube.close();
  }
}

interface Side {
  readonly kubeconfig: string;
  readonly operatorImage: string;
}

/** Neither needs the other, and the first is mostly waiting. When one fails, the other is told to stop. */
async function sideBySide(
  signal: AbortSignal,
  work: { readonly [K in keyof Side]: (either: AbortSignal) => Promise<string> },
): Promise<Side> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  try {
    const [kubeconfig, operatorImage] = await Promise.all([work.kubeconfig(either), work.operatorImage(either)]);
    return { kubeconfig, operatorImage };
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}

/** Packets for service addresses of a cluster whose proxy is not up yet must not leave this machine. */
async function guard({ version, socketPath }: Engine): Promise<void> {
  await step(`Container engine ${version} on ${socketPath}`, async () => {
    const result = await ensureServiceAddressGuard();
    if (result.state === 'skipped') process.stderr.write(`    Service addresses are not guarded: ${result.why}\n`);
  });
}

const management = (engine: Engine, instance: Instance, image: string, signal: AbortSignal): Promise<string> =>
  step(`Management cluster ${instance.management}`, (report) =>
    bringUpManagement(
      {
        instance,
        image,
        socketPath: engine.socketPath,
        logFile: join(instanceFolder(instance), 'management.log'),
        containersOf: (socketPath, log) => dockerContainers({ socketPath }, log),
        tell: teller(instance.management, report),
      },
      signal,
    ),
  );

interface Target {
  readonly engine: Engine;
  readonly instance: Instance;
  readonly kube: KubeClient;
  readonly operatorImage: string;
}

async function install(
  { engine, instance, kube, operatorImage }: Target,
  place: BridgePlace,
  signal: AbortSignal,
): Promise<void> {
  await step(`Load ${operatorImage} into ${instance.management}`, async (report) => {
    if (await nodeHasImage(engine, instance.management, operatorImage)) report.cached();
    else await loadImage(engine, instance.management, operatorImage, signal);
  });
  await step('Custom resource definitions and the operator', async (report) => {
    const objects = fitted(await readKustomization(join(MANIFESTS, 'install')), {
      instance,
      image: operatorImage,
      socket: await socketInside(engine.socketPath),
      socketGroup: (await stat(engine.socketPath)).gid,
      bridge: place.url,
    });
    await applyAll(kube, objects, signal);
    await ensureAnyPool(kube, signal);
    await waitForOperator(kube, teller('operator', report), signal);
    await removeOtherImages(engine, instance.management, operatorImage);
  });
}

/** Load balancers work with no configuration; who has pools of their own, or changed this one, wants them as they are. */
async function ensureAnyPool(kube: KubeClient, signal: AbortSignal): Promise<void> {
  const { items } = await kube.list(AddressPoolKind, { limit: 1 }, signal);
  if (items.length === 0)
    await applyAll(kube, await readManifest(join(MANIFESTS, 'default-address-pool.yaml')), signal);
}

const bridge = (
  { engine, instance, kube, operatorImage }: Target,
  { place, admin }: { readonly place: BridgePlace; readonly admin: string },
  signal: AbortSignal,
): Promise<void> =>
  step(`Bridge ${place.url}`, async (report) => {
    const kubeconfig = await bridgeKubeconfig(kube, admin, signal);
    const options = { instance, image: operatorImage, place, kubeconfig };
    const isChanged = await ensureBridge(engine, options, teller(place.container, report), signal);
    if (!isChanged) report.cached();
  });

const commandLine = (instance: Instance, place: BridgePlace, env: NodeJS.ProcessEnv): Promise<void> =>
  step('Command line build/bin/qbo', async (report) => {
    const told = await ensureCommandLine(instance, place, env['HOME'] || homedir());
    if (told !== 'changed') report.cached(told === 'unchanged' ? undefined : `it asks ${told}`);
  });

/** What a former management cluster knew and this one does not; before `dev` is made, which may be among it. */
async function rebuild({ engine, instance, kube }: Target, signal: AbortSignal): Promise<void> {
  const containers = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  const told = await step('Clusters that are there and not declared', async (report) => {
    const rebuilt = await rebuildClusters({ kube, containers, instance }, signal);
    if (rebuilt.length === 0) report.cached('none');
    return rebuilt;
  });
  const orphaned = await orphanedInstances({ containers, instance }, signal);
  for (const line of [...told, ...orphaned]) process.stderr.write(`    ${line}\n`);
}

/** One that is there stays as it is: somebody may have scaled it. */
async function sample(kube: KubeClient, signal: AbortSignal): Promise<void> {
  const key = { namespace: 'default', name: 'dev' };
  await step('Cluster dev', async (report) => {
    const isThere = (await kube.get(ClusterKind, key, signal)) !== undefined;
    if (!isThere) await applyAll(kube, await readManifest(join(MANIFESTS, 'dev-cluster.yaml')), signal);
    await waitForCluster(kube, key, teller(key.name, report), signal);
    if (isThere) report.cached();
  });
}
