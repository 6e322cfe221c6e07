import { KubeConfig } from '@kubernetes/client-node';
import type { Connection, Credentials } from './transport.ts';

/** Where the way to a server and the proof of who we are come from. */
export type ClientSource =
  | { readonly kubeconfig: string; readonly context?: string }
  | { readonly kubeconfigFile: string; readonly context?: string }
  | { readonly inCluster: true };

/**
 * Reads a kubeconfig, or the service account that every pod is given. Certificates, tokens, token files that rotate and
 * exec plug-ins are the library's business. Throws when the kubeconfig names no cluster that could be asked.
 */
export function loadCredentials(source: ClientSource): Credentials {
  const config = loadClearly(source);
  const cluster = config.getCurrentCluster();
  if (cluster === null || !URL.canParse(cluster.server)) throw new Error(incomplete(source, config));
  return {
    server: cluster.server,
    async requestOptions() {
      const options: Connection = {};
      await config.applyToHTTPSOptions(options);
      // The library makes an agent without kept connections; only one that knows a proxy is worth having.
      if (!cluster.proxyUrl) delete options.agent;
      return options;
    },
  };
}

function loadClearly(source: ClientSource): KubeConfig {
  try {
    return load(source);
  } catch (error) {
    throw new Error(`${nameOf(source)} can not be read: ${(error as Error).message}.`, { cause: error });
  }
}

const nameOf = (source: ClientSource): string =>
  'kubeconfigFile' in source ? `The kubeconfig ${source.kubeconfigFile}` : 'The kubeconfig';

function load(source: ClientSource): KubeConfig {
  const config = new KubeConfig();
  if ('inCluster' in source) config.loadFromCluster();
  else if ('kubeconfig' in source) config.loadFromString(source.kubeconfig);
  else config.loadFromFile(source.kubeconfigFile);
  if ('context' in source) config.setCurrentContext(source.context);
  return config;
}

function incomplete(source: ClientSource, config: KubeConfig): string {
  if ('inCluster' in source) {
    return 'This process runs in no cluster: KUBERNETES_SERVICE_HOST is not set. Give it a kubeconfig.';
  }
  const known = config.getContexts().map(({ name }) => `"${name}"`);
  return (
    `${nameOf(source)} has no context "${config.currentContext}" with a cluster and a server. ` +
    `Contexts that it has: ${known.length === 0 ? 'none' : known.join(', ')}.`
  );
}
