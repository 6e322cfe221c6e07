import type { Dataplane } from './backends/dataplane.ts';
import { localDataplane } from './backends/dataplane/choose.ts';
import { localTools } from './backends/dataplane/tools.ts';
import { dockerDataplane } from './backends/docker/dataplane-helper.ts';
import type { Config } from './config.ts';
import { SystemClock } from './runtime/clock.ts';
import type { Logger } from './runtime/log.ts';

/** Rules of the host: by a helper that the engine runs, or by this process where it is in the host's network itself. */
export function dataplaneFor(config: Config, log: Logger): Dataplane {
  const { QBO_INSTANCE: instance, QBO_DATAPLANE: kind, QBO_DATAPLANE_IMAGE: image } = config;
  return image === undefined
    ? localDataplane({ tools: localTools(), clock: new SystemClock(), instance, kind })
    : dockerDataplane({ socketPath: config.QBO_ENGINE_SOCKET, instance, kind, image }, log);
}
