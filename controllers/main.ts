import { assemble } from './assemble.ts';
import { dataplaneFor } from './dataplane.ts';
import { networkProber } from './backends/network-prober.ts';
import { apiWorkloadClusters } from './backends/api-workload-clusters.ts';
import { dockerContainers } from './backends/docker/index.ts';
import { procHost } from './backends/host.ts';
import { readConfig } from './config.ts';
import { createLogger } from './runtime/log.ts';

/** The operator as a process: real engine, real API server, settings from the environment. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort(new Error(`${signal} received`));
  });
}
try {
  const config = readConfig(process.env);
  const log = createLogger(config.QBO_LOG_LEVEL);
  const manager = assemble(
    config,
    (options) => ({
      containers: dockerContainers({ socketPath: config.QBO_ENGINE_SOCKET }, log),
      workloads: apiWorkloadClusters(options),
      host: procHost({ routesPath: config.QBO_HOST_ROUTES }),
      dataplane: dataplaneFor(config, log),
      prober: networkProber,
    }),
    log,
    stop.signal,
  );
  await manager.start(stop.signal);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
