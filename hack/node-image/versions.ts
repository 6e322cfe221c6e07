/** Everything that decides what is in the node image, apart from the files beside this one. */

export const KUBERNETES_VERSION = '1.35.4';

/** What kubeadm of this Kubernetes asks for; a build compares them with `kubeadm config images list`. */
export const ETCD_TAG = '3.6.6-0';
export const COREDNS_TAG = 'v1.13.1';
export const PAUSE_TAG = '3.10.1';

/** Debian's, under its own version: what storage helpers and tests run. */
export const BUSYBOX_TAG = '1.35.0';

export const LOCAL_PATH_PROVISIONER_VERSION = 'v0.0.30';

/** The kind CLI, as a peer to compare with and a client that must work with our images. */
export const KIND_VERSION = 'v0.33.0';

/** The published image of the same minor version, used where a registry is in reach. */
export const PUBLISHED_IMAGE = 'kindest/node:v1.35.0';

export const BUILT_IMAGE = `qbo/node:v${KUBERNETES_VERSION}`;

export const DEBIAN = { suite: 'bookworm' } as const;

/** What a node needs of Debian, beyond its minimal base. */
export const DEBIAN_PACKAGES = [
  'ca-certificates',
  'busybox-static',
  'catatonit',
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'curl',
  'dbus',
  'ebtables',
  'ethtool',
  'hostname',
  'iproute2',
  'iptables',
  'jq',
  'kmod',
  'nftables',
  'procps',
  'runc',
  'socat',
  'systemd',
  'systemd-sysv',
  'util-linux',
] as const;
