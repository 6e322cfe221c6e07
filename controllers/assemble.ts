import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import type { Containers } from './backends/containers.ts';
import type { Dataplane } from './backends/dataplane.ts';
import type { Host } from './backends/host.ts';
import type { Prober } from './backends/prober.ts';
import type { WorkloadClusters } from './backends/workload-clusters.ts';
import type { Config } from './config.ts';
import { engineFacts } from './engine-facts.ts';
import { apiServerClient } from './kube/api-server.ts';
import type { ClientOptions, RequestInfo } from './kube/api-server.ts';
import { eventRecorder } from './kube/events.ts';
import { leaseStore } from './kube/lease-store.ts';
import { scrapeAccess } from './kube/scrape-access.ts';
import { onlyWhileLeading } from './leading.ts';
import { operator } from './operator.ts';
import { SystemClock } from './runtime/clock.ts';
import { healthServer } from './runtime/health.ts';
import { LeaderElector } from './runtime/lease.ts';
import type { Logger } from './runtime/log.ts';
import type { Manager } from './runtime/manager.ts';
import { Metrics } from './runtime/metrics.ts';

const LEASE = 'qbo-operator';
/** In manifests/install/metrics-role.yaml. */
const METRICS_ROLE = 'qbo-metrics-reader';

/** What is beyond the API server; clients of workload clusters are to be made with these options. */
export type Outside = (options: Pick<ClientOptions, 'onRequest' | 'beforeWrite'>) => {
  readonly containers: Containers;
  readonly workloads: WorkloadClusters;
  readonly host: Host;
  readonly dataplane: Dataplane;
  readonly prober: Prober;
};

/** One replica of the operator, on a real API server: election, metrics, health, and everything that it works with. */
export function assemble(config: Config, outside: Outside, log: Logger, stop: AbortSignal): Manager {
  const clock = new SystemClock();
  const metrics = new Metrics({ process: true });
  metrics.read(
    { name: 'qbo_build_info', help: 'Always 1: which operator this is', labelNames: ['version', 'nodejs'] },
    () => [{ labels: { version: packageJson.version, nodejs: process.versions.node }, value: 1 }],
  );
  const onRequest = (request: RequestInfo): void => {
    metrics.requested(request.code, request.method, request.host);
  };
  const identity = `${hostname()}_${randomUUID()}`;
  const source = config.KUBECONFIG === undefined ? { inCluster: true as const } : { kubeconfigFile: config.KUBECONFIG };
  // An audit log tells replicas apart by this.
  const userAgent = `qbo-operator (${identity})`;
  // For what every replica does, whether it leads or not.
  const everyones = apiServerClient(source, { userAgent, onRequest });
  const election = new LeaderElector({
    store: leaseStore(everyones, { namespace: config.QBO_NAMESPACE, name: LEASE }),
    identity,
    clock,
    log,
    onChange: (isLeading) => {
      metrics.leading(LEASE, isLeading);
    },
  });
  const isElected = config.QBO_LEADER_ELECTION === 'true';
  const assertLeading = (): void => {
    if (isElected) election.assertLeading();
  };
  const options = { onRequest, beforeWrite: assertLeading };
  const { host, prober, ...rest } = outside(options);
  const waysOut = { kube: apiServerClient(source, { userAgent, ...options }), ...rest };
  const { kube, containers, workloads, dataplane } = onlyWhileLeading(waysOut, assertLeading);
  const manager = operator({
    kube,
    clock,
    log,
    metrics,
    containers,
    workloads,
    host,
    dataplane,
    prober,
    events: eventRecorder({
      client: kube,
      clock,
      log,
      controller: 'qbo.io/operator',
      instance: identity,
      signal: stop,
    }),
    settings: {
      instance: config.QBO_INSTANCE,
      subnetPools: config.QBO_SUBNET_POOLS,
      bridge: { host: config.QBO_BRIDGE_HOST, port: config.QBO_BRIDGE_PORT },
      ...(config.QBO_MANAGEMENT_CONTAINER !== undefined && { managementContainer: config.QBO_MANAGEMENT_CONTAINER }),
      ...(config.QBO_DEFAULT_IMAGE !== undefined && { defaultImage: config.QBO_DEFAULT_IMAGE }),
    },
    ...(isElected && { election }),
  });
  manager.addRunnable(engineFacts({ kube, containers, clock, log, namespace: config.QBO_NAMESPACE }));
  manager.addRunnable(
    healthServer({
      host: config.QBO_HEALTH_ADDRESS,
      port: config.QBO_HEALTH_PORT,
      clock,
      log,
      metrics,
      ...(config.QBO_METRICS_AUTHENTICATION === 'true' && {
        gatekeeper: scrapeAccess({ client: everyones, clock, path: '/metrics', role: METRICS_ROLE }),
      }),
      ready: {
        caches: () => {
          if (!manager.hasSynced()) throw new Error('the caches are not filled yet');
        },
      },
    }),
  );
  return manager;
}
