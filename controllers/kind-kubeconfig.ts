const SERVER = /^( *)server: https:\/\/([^:/\s]+):(\d+)$/m;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/**
 * A kubeconfig that leads to the API server from outside the cluster's network too. kind has its clusters name the
 * control plane's container, which only the engine's resolver knows: then the address stands instead, and the name says
 * which certificate to expect, because addresses there change and certificates do not follow. undefined when the address
 * is needed and not known.
 */
export function fromOutside(kubeconfig: string, address: string | undefined): string | undefined {
  const [, indent = '', host = '', port = ''] = SERVER.exec(kubeconfig) ?? [];
  if (host === '' || IPV4.test(host)) return kubeconfig;
  if (address === undefined) return undefined;
  return kubeconfig.replace(SERVER, `${indent}server: https://${address}:${port}\n${indent}tls-server-name: ${host}`);
}
