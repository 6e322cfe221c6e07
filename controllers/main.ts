import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { dockerContainers } from './backends/docker/index.ts';
import { procHost } from './backends/host.ts';
import { workloadClusters } from './backends/workload-clusters.ts';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { apiServerClient } from './kube/api-server.ts';
import { eventRecorder } from './kube/events.ts';
import { leaseStore } from './kube/lease-store.ts';
import { scrapeAccess } from './kube/scrape-access.ts';
import { operator } from './operator.ts';
import { SystemClock } from './runtime/clock.ts';
import { healthServer } from './runtime/health.ts';
import { LeaderElector } from './runtime/lease.ts';
import { createLogger } from './runtime/log.ts';
import type { Logger } from './runtime/log.ts';
import type { Manager } from './runtime/manager.ts';
import { Metrics } from './runtime/metrics.ts';

const LEASE = 'qbo-operator';
/** In manifests/install/metrics-role.yaml. */
const METRICS_ROLE = 'qbo-metrics-reader';

/** The operator as a process: real engine, real API server, settings from the environment. */
function assemble(config: Config, log: Logger, stop: AbortSignal): Manager {
  const clock = new SystemClock();
  const metrics = new Metrics({ process: true });
  const onRequest = (request: { method: string; code: string; host: string }): void => {
    metrics.requested(request.code, request.method, request.host);
  };
  const source = config.KUBECONFIG === undefined ? { inCluster: true as const } : { kubeconfigFile: config.KUBECONFIG };
  const kube = apiServerClient(source, { userAgent: 'qbo-operator', onRequest });
  const identity = `${hostname()}_${randomUUID()}`;
  const election = new LeaderElector({
    store: leaseStore(kube, { namespace: config.QBO_NAMESPACE, name: LEASE }),
    identity,
    clock,
    log,
    onChange: (isLeading) => {
      metrics.leading(LEASE, isLeading);
    },
  });
  const manager = operator({
    kube,
    clock,
    log,
    metrics,
    containers: dockerContainers({ socketPath: config.QBO_ENGINE_SOCKET }, log),
    workloads: workloadClusters({ clientOf: (kubeconfig) => apiServerClient({ kubeconfig }, { onRequest }) }),
    host: procHost({ routesPath: config.QBO_HOST_ROUTES }),
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
      ...(config.QBO_MANAGEMENT_CONTAINER !== undefined && { managementContainer: config.QBO_MANAGEMENT_CONTAINER }),
      ...(config.QBO_DEFAULT_IMAGE !== undefined && { defaultImage: config.QBO_DEFAULT_IMAGE }),
    },
    ...(config.QBO_LEADER_ELECTION === 'true' && { election }),
  });
  manager.addRunnable(
    healthServer({
      host: config.QBO_HEALTH_ADDRESS,
      port: config.QBO_HEALTH_PORT,
      clock,
      log,
      metrics,
      ...(config.QBO_METRICS_AUTHENTICATION === 'true' && {
        gatekeeper: scrapeAccess({ client: kube, clock, path: '/metrics', role: METRICS_ROLE }),
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

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort(new Error(`${signal} received`));
  });
}
try {
  const config = readConfig(process.env);
  await assemble(config, createLogger(config.QBO_LOG_LEVEL), stop.signal).start(stop.signal);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
