/** What goes into a kubeconfig beside the way to the cluster. */
export interface Bearer {
  /** Name of the cluster, which has only small letters, digits and hyphens. */
  readonly cluster: string;
  readonly user: string;
  readonly token: string;
}

const TLS_SERVER_NAME = 'tls-server-name';

/**
 * The administrator's kubeconfig with somebody's token in place of the administrator's certificate and key. By lines, as the
 * operator writes it. Throws when it is not one of those.
 */
export function kubeconfigWithToken(admin: string, { cluster, user, token }: Bearer): string {
  const valueOf = (key: string): string | undefined => new RegExp(`^\\s*${key}: (\\S+)$`, 'm').exec(admin)?.[1];
  const required = (key: string): string => {
    const value = valueOf(key);
    if (value === undefined) throw new Error(`The kubeconfig of cluster ${cluster} has no ${key}`);
    return `${key}: ${value}`;
  };
  const serverName = valueOf(TLS_SERVER_NAME);
  const quoted = JSON.stringify(cluster);
  const who = JSON.stringify(`${cluster}-${user}`);
  return `apiVersion: v1
kind: Config
clusters:
  - name: ${quoted}
    cluster:
      ${required('certificate-authority-data')}
      ${required('server')}${serverName === undefined ? '' : `\n      ${TLS_SERVER_NAME}: ${serverName}`}
users:
  - name: ${who}
    user:
      token: ${JSON.stringify(token)}
contexts:
  - name: ${quoted}
    context:
      cluster: ${quoted}
      user: ${who}
current-context: ${quoted}
`;
}
