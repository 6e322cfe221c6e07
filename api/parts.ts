import { hostname } from 'node:os';
import { apiServerClient } from '../controllers/kube/api-server.ts';
import type { RequestInfo } from '../controllers/kube/api-server.ts';
import type { Logger } from '../controllers/runtime/log.ts';
import { VERSION, type Parts, type Shared } from './assemble.ts';
import { accountAuthentication } from './auth/authentication.ts';
import { localAuthenticator } from './auth/local.ts';
import { commandsOver } from './commands/over-api-server.ts';
import type { RegistryOptions } from './commands/registry-tags.ts';
import type { Config } from './config.ts';

/** Everything that speaks to Kubernetes: commands as the caller, and who there is as the bridge itself. */
export function bridgeParts(
  { config, log }: { readonly config: Config; readonly log: Logger },
  { clock, metrics, clients }: Shared,
  stop: AbortSignal,
): Parts {
  const onRequest = ({ code, method, host }: RequestInfo): void => {
    metrics.requested(code, method, host);
  };
  const client = { userAgent: `qbo-bridge/${VERSION}`, onRequest };
  const source = config.KUBECONFIG === undefined ? { inCluster: true as const } : { kubeconfigFile: config.KUBECONFIG };
  const own = apiServerClient(source, client);
  const about = {
    version: VERSION,
    host: hostname(),
    port: config.QBO_API_PORT,
    arch: process.arch,
    namespace: config.QBO_NAMESPACE,
  };
  const over = commandsOver({ source, client, clock, log, about, clients, ...registryOf(config) });
  const accounts =
    config.QBO_API_AUTH === 'accounts' ? accountAuthentication({ client: own, clock, log }, stop) : undefined;
  return {
    authenticator: accounts?.authenticator ?? localAuthenticator(config.QBO_INSTANCE),
    commands: over.commands,
    ready: {
      kubernetes: async (signal) => {
        await own.raw('/readyz', signal);
      },
      ...(accounts !== undefined && { accounts: (signal: AbortSignal) => accounts.synced(signal) }),
    },
    ...(accounts !== undefined && { routes: accounts.routes, run: () => accounts.run() }),
    close: () => {
      over.close();
      own.close();
    },
  };
}

/** Docker's hub, which references to its images do not name. */
const HUB = 'registry-1.docker.io';

function registryOf({ QBO_API_REGISTRY: address }: Config): { readonly registry?: Omit<RegistryOptions, 'clock'> } {
  if (address === 'none') return {};
  const { origin, host, pathname } = new URL(address);
  const repository = pathname.replaceAll(/^\/|\/$/g, '');
  return { registry: { fetch, url: origin, name: host === HUB ? '' : host, repository } };
}
