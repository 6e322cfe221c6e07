import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { apiServerClient } from '../controllers/kube/api-server.ts';
import { createLogger } from '../controllers/runtime/log.ts';
import { runBridge, VERSION } from './assemble.ts';
import { readConfig } from './config.ts';
import { interimAuthenticator, interimCommands } from './interim.ts';

/** The bridge as a process: real API server, settings from the environment. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort(new Error(`${signal} received`));
  });
}
try {
  const config = readConfig(process.env);
  const log = createLogger(config.QBO_LOG_LEVEL);
  // Beside this file, as it is written and as it is shipped.
  const asyncapi = await readFile(new URL('asyncapi.yaml', import.meta.url), 'utf8');
  const source = config.KUBECONFIG === undefined ? { inCluster: true as const } : { kubeconfigFile: config.KUBECONFIG };
  await runBridge(
    { config, asyncapi, log },
    ({ metrics }) => {
      const kube = apiServerClient(source, {
        userAgent: `qbo-bridge/${VERSION}`,
        onRequest: ({ code, method, host }) => {
          metrics.requested(code, method, host);
        },
      });
      return {
        authenticator: interimAuthenticator,
        commands: interimCommands(VERSION, hostname()),
        ready: {
          kubernetes: async (signal) => {
            await kube.raw('/readyz', signal);
          },
        },
      };
    },
    stop.signal,
  );
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
