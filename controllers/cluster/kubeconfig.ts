/**
 * kubeadm's kubeconfig, with cluster, user and context named after the Cluster, so that several can be merged. By lines,
 * as kubeadm writes it: every look at a cluster needs it, and to read and write it as YAML was a tenth of all that the
 * operator computed. With `endpoint`, the URL of a load balancer, it leads there: the API server's certificate does not name that
 * address, so it is asked for by a name that it has in every cluster.
 */
export function namedKubeconfig(kubeconfig: string, name: string, endpoint?: string): string {
  const valueOf = (key: string): string | undefined => new RegExp(`^\\s*${key}: (\\S+)$`, 'm').exec(kubeconfig)?.[1];
  const field = (key: string): string => {
    const value = valueOf(key);
    if (value === undefined) throw new Error(`kubeadm wrote a kubeconfig without ${key}`);
    return `${key}: ${value}`;
  };
  // An adopted cluster's certificate names its control plane, and not the address that it has now.
  const expected = valueOf(SERVER_NAME) ?? (endpoint === undefined ? undefined : IN_EVERY_CERTIFICATE);
  const serverName = expected === undefined ? '' : `\n      ${SERVER_NAME}: ${expected}`;
  const server = endpoint === undefined ? field('server') : `server: ${endpoint}`;
  // A name such as 1e3 would be a number without quotes.
  const quoted = /^[a-z]/.test(name) && !YAML_WORDS.includes(name) ? name : JSON.stringify(name);
  return `apiVersion: v1
kind: Config
clusters:
  - name: ${quoted}
    cluster:
      ${field('certificate-authority-data')}
      ${server}${serverName}
users:
  - name: ${name}-admin
    user:
      ${field('client-certificate-data')}
      ${field('client-key-data')}
contexts:
  - name: ${quoted}
    context:
      cluster: ${quoted}
      user: ${name}-admin
current-context: ${quoted}
`;
}

const SERVER_NAME = 'tls-server-name';
/** kubeadm puts it into the certificate of every API server. */
const IN_EVERY_CERTIFICATE = 'kubernetes';

/** What YAML readers of some version take for something else than a string. */
const YAML_WORDS: readonly string[] = ['null', 'true', 'false', 'yes', 'no', 'on', 'off', 'y', 'n'];
