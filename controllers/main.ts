import { hostname } from 'node:os';
import { dockerContainers } from './backends/docker/index.ts';
import { procHost } from './backends/host.ts';
import { workloadClusters } from './backends/workload-clusters.ts';
import { readConfig } from './config.ts';
import { apiServerClient } from './kube/api-server.ts';
import { eventRecorder } from './kube/events.ts';
import { leaseStore } from './kube/lease-store.ts';
import { operator } from './operator.ts';
import { SystemClock } from './runtime/clock.ts';
import { healthServer } from './runtime/health.ts';
import { LeaderElector } from './runtime/lease.ts';
import { createLogger } from './runtime/log.ts';
import { Metrics } from './runtime/metrics.ts';

const config = readConfig(process.env);
const log = createLogger(config.QBO_LOG_LEVEL);
void [
  hostname,
  dockerContainers,
  procHost,
  workloadClusters,
  apiServerClient,
  eventRecorder,
  leaseStore,
  operator,
  SystemClock,
  healthServer,
  LeaderElector,
  Metrics,
  log,
];
