import { stringify } from 'yaml';

export interface KubeadmSettings {
  /** `v1.35.4`. */
  readonly version: string;
  /** Full host name, which is also the Kubernetes node name. */
  readonly hostname: string;
  /** Absent where it may change: the kubelet then finds its own. */
  readonly address?: string;
  readonly cgroupVersion: 1 | 2;
}

export interface InitSettings extends KubeadmSettings {
  readonly address: string;
  readonly podCIDR: string;
  readonly serviceCIDR: string;
  /** Where the API server is published, when that is known already: its certificate names it then. */
  readonly publishedAt?: string;
  /** The control plane also takes pods: there are no workers. */
  readonly takesPods: boolean;
}

const CRI_SOCKET = 'unix:///run/containerd/containerd.sock';
const CONTROL_PLANE_TAINT = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
const API = 'kubeadm.k8s.io/v1beta4';

/**
 * kubeadm's configuration of a first control plane. What differs from kubeadm's defaults:
 *
 * - ECDSA keys: nine certificates in 0.1 s, not 1 s.
 * - no leader election for a control plane of one: the controller manager starts to work two seconds sooner.
 * - the controller manager may ask as fast as it likes: its default of 20 requests a second makes the forty controllers of
 *   a fresh cluster, each of which fetches a token, start one after the other for four seconds.
 * - `clusterName` is not the Cluster's name: nothing inside a cluster may depend on that.
 * - the kubelet neither evicts nor collects images by disk usage: the disk is the host's, and shared.
 */
export function initConfig(settings: InitSettings): string {
  const alone = [{ name: 'leader-elect', value: 'false' }];
  const unthrottled = [
    { name: 'kube-api-qps', value: '300' },
    { name: 'kube-api-burst', value: '600' },
  ];
  return documents([
    {
      apiVersion: API,
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: settings.address, bindPort: 6443 },
      nodeRegistration: registration(settings, settings.takesPods ? [] : [CONTROL_PLANE_TAINT]),
    },
    {
      apiVersion: API,
      kind: 'ClusterConfiguration',
      kubernetesVersion: settings.version,
      clusterName: 'kubernetes',
      controlPlaneEndpoint: `${settings.address}:6443`,
      encryptionAlgorithm: 'ECDSA-P256',
      apiServer: { certSANs: namesOf(settings) },
      controllerManager: { extraArgs: [...alone, ...unthrottled] },
      scheduler: { extraArgs: alone },
      networking: { podSubnet: settings.podCIDR, serviceSubnet: settings.serviceCIDR },
    },
    kubeletConfig(settings.cgroupVersion),
    {
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'iptables',
      // The connection-tracking table is the host's: a node may not, and need not, size it.
      conntrack: { maxPerCore: 0 },
    },
  ]);
}

/**
 * kubeadm's configuration of a worker. Discovery is by file: asking by token would poll every 5 s until a controller
 * has signed the cluster-info, which costs more than the whole join.
 */
export function joinConfig(
  settings: KubeadmSettings,
  discovery: { readonly file: string; readonly token: string },
): string {
  return documents([
    {
      apiVersion: API,
      kind: 'JoinConfiguration',
      nodeRegistration: registration(settings, []),
      discovery: { file: { kubeConfigPath: discovery.file }, tlsBootstrapToken: discovery.token },
    },
    kubeletConfig(settings.cgroupVersion),
  ]);
}

/** A kubeconfig without credentials: where the cluster is and how to recognise it. */
export function discoveryKubeconfig(server: string, certificateAuthority: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: '',
        cluster: { server, 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') },
      },
    ],
  });
}

/** A kubeconfig by which a kubelet asks its cluster for a certificate of its own. */
export function bootstrapKubeconfig(server: string, certificateAuthority: string, token: string): string {
  const authority = Buffer.from(certificateAuthority).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'kubelet', user: { token } }],
    contexts: [{ name: 'bootstrap', context: { cluster: 'cluster', user: 'kubelet' } }],
    'current-context': 'bootstrap',
  });
}

const namesOf = ({ hostname, address, publishedAt }: InitSettings): string[] => [
  hostname,
  address,
  'localhost',
  '127.0.0.1',
  ...(publishedAt === undefined ? [] : [publishedAt]),
];

function registration(settings: KubeadmSettings, taints: readonly object[]): object {
  return {
    name: settings.hostname,
    criSocket: CRI_SOCKET,
    imagePullPolicy: 'IfNotPresent',
    taints,
    kubeletExtraArgs: settings.address === undefined ? [] : [{ name: 'node-ip', value: settings.address }],
  };
}

function kubeletConfig(cgroupVersion: 1 | 2): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failSwapOn: false,
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'nodefs.available': '0%', 'nodefs.inodesFree': '0%', 'imagefs.available': '0%' },
    ...(cgroupVersion === 1
      ? { cgroupDriver: 'cgroupfs', cgroupRoot: '', failCgroupV1: false }
      : { cgroupDriver: 'systemd', cgroupRoot: '/kubelet' }),
  };
}

const documents = (all: readonly object[]): string => all.map((one) => stringify(one)).join('---\n');
