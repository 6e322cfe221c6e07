import { hostname } from 'node:os';
import { apiServerClient, impersonatingClients, type ClientOptions } from '../controllers/kube/api-server.ts';
import type { Clock } from '../controllers/runtime/clock.ts';
import type { Logger } from '../controllers/runtime/log.ts';
import { VERSION, type Parts, type Shared } from './assemble.ts';
import { accountAuthentication } from './auth/authentication.ts';
import { localAuthenticator } from './auth/local.ts';
import { commands } from './commands/commands.ts';
import { registryTags, type RegistryTags } from './commands/registry-tags.ts';
import type { Config } from './config.ts';
import { Views } from './views/index.ts';
import { Workloads } from './views/workloads.ts';

/** Everything that speaks to Kubernetes: commands as the caller, and who there is as the bridge itself. */
export function bridgeParts(
  { config, log }: { readonly config: Config; readonly log: Logger },
  { clock, metrics, clients }: Shared,
  stop: AbortSignal,
): Parts {
  const options: ClientOptions = {
    userAgent: `qbo-bridge/${VERSION}`,
    onRequest: ({ code, method, host }) => {
      metrics.requested(code, method, host);
    },
  };
  const source = config.KUBECONFIG === undefined ? { inCluster: true as const } : { kubeconfigFile: config.KUBECONFIG };
  const own = apiServerClient(source, options);
  const management = impersonatingClients(source, options);
  const workloads = new Workloads({ connect: (kubeconfig) => apiServerClient({ kubeconfig }, options), clock, log });
  const views = new Views({ management, workloads, clock, log });
  const about = {
    version: VERSION,
    host: hostname(),
    port: config.QBO_API_PORT,
    arch: process.arch,
    namespace: config.QBO_NAMESPACE,
  };
  const accounts =
    config.QBO_API_AUTH === 'accounts' ? accountAuthentication({ client: own, clock, log }, stop) : undefined;
  const tags = tagsOf(config, clock);
  return {
    authenticator: accounts?.authenticator ?? localAuthenticator(config.QBO_INSTANCE),
    commands: commands({ management, workloads, views, clock, log, about, clients, ...tags }),
    ready: {
      kubernetes: async (signal) => {
        await own.raw('/readyz', signal);
      },
      ...(accounts !== undefined && { accounts: (signal: AbortSignal) => accounts.synced(signal) }),
    },
    ...(accounts !== undefined && { routes: accounts.routes, run: () => accounts.run() }),
    close: () => {
      views.close();
      workloads.close();
      management.close();
      own.close();
    },
  };
}

const HUB = 'registry-1.docker.io';

function tagsOf({ QBO_API_REGISTRY: address }: Config, clock: Clock): { readonly registryTags?: RegistryTags } {
  if (address === 'none') return {};
  const { origin, host, pathname } = new URL(address);
  const name = host === HUB ? '' : host;
  return {
    registryTags: registryTags({ fetch, clock, url: origin, name, repository: pathname.replaceAll(/^\/|\/$/g, '') }),
  };
}
