import type { Node } from '../../crds/node.ts';
import type { Containers } from '../backends/containers.ts';
import { validityIn } from '../certificate-validity.ts';
import type { Validity } from '../certificate-validity.ts';

/** Who makes a certificate anew: kubeadm when we ask it to, the kubelet by itself for as long as it runs, or nobody. */
type Renewer = 'kubeadm' | 'kubelet' | 'nobody';

/** A certificate of a node, as it is on the node's disk. */
export interface Certificate {
  readonly path: string;
  readonly renewedBy: Renewer;
  /** undefined: there is a file, and no certificate can be read from it. */
  readonly validity: Validity | undefined;
}

const KUBERNETES = '/etc/kubernetes';
export const KUBELET_CERTIFICATE = '/var/lib/kubelet/pki/kubelet-client-current.pem';

const BY_KUBEADM = [
  'pki/apiserver.crt',
  'pki/apiserver-kubelet-client.crt',
  'pki/apiserver-etcd-client.crt',
  'pki/front-proxy-client.crt',
  'pki/etcd/server.crt',
  'pki/etcd/peer.crt',
  'pki/etcd/healthcheck-client.crt',
  'admin.conf',
  'super-admin.conf',
  'controller-manager.conf',
  'scheduler.conf',
].map((file) => `${KUBERNETES}/${file}`);

const AUTHORITIES = ['pki/ca.crt', 'pki/etcd/ca.crt', 'pki/front-proxy-ca.crt'].map((file) => `${KUBERNETES}/${file}`);

/**
 * Reads every certificate of a node that ends; what is not there is left out. The kubelet's serving certificate is not
 * among them: it is signed by itself, so that nobody can and nobody does check it.
 */
export async function readCertificates(
  containers: Containers,
  container: string,
  role: Node['spec']['role'],
  signal: AbortSignal,
): Promise<readonly Certificate[]> {
  const read = async (path: string, renewedBy: Renewer): Promise<readonly Certificate[]> => {
    const text = await containers.readFile(container, path, signal);
    return text === undefined ? [] : [{ path, renewedBy, validity: validityIn(text) }];
  };
  const files = [read(KUBELET_CERTIFICATE, 'kubelet')];
  if (role === 'control-plane') {
    files.push(...BY_KUBEADM.map((path) => read(path, 'kubeadm')), ...AUTHORITIES.map((path) => read(path, 'nobody')));
  }
  return (await Promise.all(files)).flat();
}

export interface Verdict {
  /** The end of the certificate that ends first; undefined when none could be read. */
  readonly endsAt: number | undefined;
  /** Those that have to be renewed now, and can be. */
  readonly due: readonly Certificate[];
  /** One of these has ended already, or can not be read: the node does not work until it is renewed. */
  readonly isLate: boolean;
  /** Authorities that end within a year: what they sign from now on outlives them. */
  readonly endingAuthorities: readonly Certificate[];
}

const DAY_MS = 86_400_000;
/** So long before its end a certificate is renewed, when it lives long enough for that. */
export const LEAD_MS = 30 * DAY_MS;

/**
 * What is to be done about certificates. kubeadm's are renewed 30 days before they end, or in the last third of their
 * life where that is shorter. A life is counted from the last renewal where that is later: older kubeadms date every
 * certificate back to its authority. The kubelet renews its own well before that; only when it has ended it needs us.
 */
export function judge(certificates: readonly Certificate[], now: number, renewedAt = -Infinity): Verdict {
  const ends = certificates.flatMap(({ validity }) => validity?.to ?? []);
  const due = certificates.filter((certificate) => now >= dueAt(certificate, renewedAt));
  return {
    endsAt: ends.length === 0 ? undefined : Math.min(...ends),
    due,
    isLate: due.some((certificate) => now >= endOf(certificate)),
    endingAuthorities: certificates.filter(
      (certificate) => certificate.renewedBy === 'nobody' && endOf(certificate) - now < 365 * DAY_MS,
    ),
  };
}

/** An unreadable one has ended. */
const endOf = ({ validity }: Certificate): number => validity?.to ?? -Infinity;

function dueAt({ renewedBy, validity }: Certificate, renewedAt: number): number {
  if (renewedBy === 'nobody') return Infinity;
  if (validity === undefined) return -Infinity;
  if (renewedBy === 'kubelet') return validity.to;
  const life = validity.to - Math.max(validity.from, renewedAt);
  return validity.to - Math.min(LEAD_MS, life / 3);
}
