/**
 * Brings up the management cluster with the very reconcilers that bring up every other one: they run in this process,
 * over an API server that lives in its memory, until the cluster is ready. What a former run left they find by its label.
 */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { ClusterKind } from '../../crds/cluster.ts';
import { admit } from '../../crds/admission.ts';
import type { Kind } from '../../crds/kind.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import { UserKind } from '../../crds/user.ts';
import type { Containers } from '../../controllers/backends/containers.ts';
import { procHost } from '../../controllers/backends/host.ts';
import { workloadClusters } from '../../controllers/backends/workload-clusters.ts';
import { readConfig } from '../../controllers/config.ts';
import { apiServerClient } from '../../controllers/kube/api-server.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import { MemoryApiServer, type KindRules } from '../../controllers/kube/memory.ts';
import { operator } from '../../controllers/operator.ts';
import { SystemClock } from '../../controllers/runtime/clock.ts';
import type { KubeObject } from '../../controllers/runtime/object.ts';
import { createLogger, type Logger } from '../../controllers/runtime/log.ts';
import { createObjects, managementObjects, NAMESPACE } from './objects.ts';
import type { Instance } from './instance.ts';
import { managementMounts } from './mounts.ts';
import { waitForCluster, waitForRenewal } from './ready.ts';

export interface BringUpOptions {
  readonly instance: Instance;
  /** Socket of the engine, on the host. */
  readonly socketPath: string;
  /** Node image; without it the newest that the engine has. */
  readonly image?: string;
  /** Where the reconcilers log to, for when it does not work. */
  readonly logFile: string;
  readonly containersOf: (socketPath: string, log: Logger) => Containers;
  readonly tell: (message: string) => void;
}

/** Returns the kubeconfig of the management cluster once that is Ready. Throws what it waits for when that is a person. */
export async function bringUpManagement(options: BringUpOptions, signal: AbortSignal): Promise<string> {
  const clock = new SystemClock();
  await mkdir(dirname(options.logFile), { recursive: true });
  const logStream = createWriteStream(options.logFile, { flags: 'a' });
  const log = createLogger('info', logStream);
  const server = new MemoryApiServer({ clock, kinds: managementKinds() });
  const kube = server.client();
  const workloads = workloadClusters({ clientOf: (kubeconfig) => apiServerClient({ kubeconfig }) });
  const mounts = await managementMounts(options.socketPath);
  await createObjects(kube, managementObjects(options.instance, options.image), signal);

  const manager = operator({
    kube,
    containers: options.containersOf(options.socketPath, log),
    workloads,
    host: procHost({ routesPath: '/proc/net/route' }),
    clock,
    events: {
      record: ({ object, type, reason, message }) => {
        log.info('Event', { kind: object.kind, name: object.metadata.name, type, reason, message });
      },
    },
    settings: {
      instance: options.instance.name,
      subnetPools: readConfig({}).QBO_SUBNET_POOLS,
      mountsFor: ({ metadata }) => (metadata.name === options.instance.management ? mounts : []),
    },
    log,
  });

  const stop = new AbortController();
  const running = manager.start(AbortSignal.any([signal, stop.signal]));
  try {
    const key = { namespace: NAMESPACE, name: options.instance.management };
    // The operator only ends by itself when it cannot go on.
    const ended = running.then(() =>
      Promise.reject(new Error('The reconcilers stopped before the cluster was ready.')),
    );
    const either = AbortSignal.any([signal, stop.signal]);
    await Promise.race([waitForCluster(kube, key, options.tell, either), ended]);
    // The kubeconfig that is handed out has the renewed certificate, not the one that ends soon.
    await Promise.race([waitForRenewal(kube, key, options.tell, either), ended]);
    return await kubeconfigOf(kube, options.instance, signal);
  } finally {
    stop.abort();
    await running.finally(() => {
      workloads.close();
      logStream.end();
    });
  }
}

/** The kinds of our API, with the rules that the real API server has from their definitions. */
export const managementKinds = (): KindRules[] => [
  rulesOf(ClusterKind),
  rulesOf(NodeKind),
  rulesOf(NetworkKind),
  rulesOf(UserKind),
];

const rulesOf = <T extends KubeObject>(kind: Kind<T>): KindRules => ({
  type: kind,
  admit: (object, old) => admit(kind, object, old as T | undefined),
});

async function kubeconfigOf(kube: KubeClient, { management }: Instance, signal: AbortSignal): Promise<string> {
  const name = `${management}-kubeconfig`;
  const secret = await kube.get(SecretType, { namespace: NAMESPACE, name }, signal);
  const value = secret?.data?.['value'];
  if (value === undefined)
    throw new Error(`The management cluster is ready, but there is no Secret ${name} with its kubeconfig.`);
  return Buffer.from(value, 'base64').toString();
}
