import { impersonatingClients, apiServerClient } from '../../controllers/kube/api-server.ts';
import type { ClientOptions, ClientSource } from '../../controllers/kube/api-server.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import { Views } from '../views/index.ts';
import { Workloads } from '../views/workloads.ts';
import { commands } from './commands.ts';
import type { Commands } from './index.ts';
import { registryTags, type RegistryOptions } from './registry-tags.ts';
import type { Bridge } from './scope.ts';

export interface OverApiServerOptions extends Pick<Bridge, 'about' | 'clients'> {
  /** The management cluster, with the bridge's own credentials: they may impersonate. */
  readonly source: ClientSource;
  /** Of the clients of all clusters: who asks, and whom to tell of requests. */
  readonly client: Pick<ClientOptions, 'userAgent' | 'onRequest'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** A registry whose tags `get images` lists; absent: none is asked. */
  readonly registry?: Omit<RegistryOptions, 'clock'>;
}

/** The commands over a real API server and real clusters. `close` ends their connections. */
export function commandsOver({ source, client, registry, ...rest }: OverApiServerOptions): {
  readonly commands: Commands;
  close(): void;
} {
  const { clock, log } = rest;
  const management = impersonatingClients(source, client);
  const workloads = new Workloads({ ...rest, connect: (kubeconfig) => apiServerClient({ kubeconfig }, client) });
  const views = new Views({ management, workloads, clock, log });
  return {
    commands: commands({
      ...rest,
      management,
      workloads,
      views,
      ...(registry && { registryTags: registryTags({ ...registry, clock }) }),
    }),
    close: () => {
      views.close();
      workloads.close();
      management.close();
    },
  };
}
