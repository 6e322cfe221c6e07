import { parse, stringify } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: object }[];
  readonly users: readonly { readonly user: object }[];
}

/** kubeadm's kubeconfig, with cluster, user and context named after the Cluster, so that several can be merged. */
export function namedKubeconfig(kubeconfig: string, name: string): string {
  const { clusters, users } = parse(kubeconfig) as Kubeconfig;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: clusters[0]?.cluster }],
    users: [{ name: `${name}-admin`, user: users[0]?.user }],
    contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
    'current-context': name,
  });
}
