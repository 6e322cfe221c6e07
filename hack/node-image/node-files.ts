/** What the node image has beside Debian and the images: unit files, manifests, the entry point, and what is left out. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { LayerEntry } from './archive.ts';
import { KUBE_PATH } from './images.ts';
import { BUSYBOX_TAG, KUBERNETES_VERSION, LOCAL_PATH_PROVISIONER_VERSION, PAUSE_TAG } from './versions.ts';

const ROOT = join(import.meta.dirname, 'root');

const VALUES: Readonly<Record<string, string>> = {
  BUSYBOX_TAG,
  KUBERNETES_VERSION: `v${KUBERNETES_VERSION}`,
  LOCAL_PATH_PROVISIONER_VERSION,
  PAUSE_TAG,
};

/**
 * Units of systemd that have nothing to do in a node, or would change the host (kernel settings and modules are one for
 * all containers). Each costs time at every boot.
 */
const MASKED_UNITS = [
  'console-getty.service',
  'cryptsetup.target',
  'dev-hugepages.mount',
  'dev-mqueue.mount',
  'e2scrub_all.timer',
  'fstrim.timer',
  'getty-static.service',
  'getty.target',
  'integritysetup.target',
  'kmod-static-nodes.service',
  'ldconfig.service',
  'modprobe@efi_pstore.service',
  'proc-sys-fs-binfmt_misc.automount',
  'sys-fs-fuse-connections.mount',
  'sys-kernel-config.mount',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
  'systemd-ask-password-console.path',
  'systemd-ask-password-wall.path',
  'systemd-binfmt.service',
  'systemd-firstboot.service',
  'systemd-hwdb-update.service',
  'systemd-initctl.socket',
  'systemd-journal-catalog-update.service',
  'systemd-journald-audit.socket',
  'systemd-logind.service',
  'systemd-machine-id-commit.service',
  'systemd-modules-load.service',
  'systemd-pcrphase-sysinit.service',
  'systemd-pcrphase.service',
  'systemd-random-seed.service',
  'systemd-remount-fs.service',
  'systemd-repart.service',
  'systemd-sysctl.service',
  'systemd-sysusers.service',
  'systemd-tmpfiles-clean.timer',
  'systemd-udev-trigger.service',
  'systemd-udevd-control.socket',
  'systemd-udevd-kernel.socket',
  'systemd-udevd.service',
  'systemd-update-done.service',
  'systemd-update-utmp-runlevel.service',
  'systemd-update-utmp.service',
  'systemd-user-sessions.service',
  'veritysetup.target',
] as const;

const ENABLED_UNITS = ['containerd.service', 'kubelet.service'] as const;

/** The words between at signs replaced by the values that this build pins. Throws for a word without a value. */
export const renderTemplate = (text: string): string =>
  text.replace(/@([A-Z][A-Z_]+)@/g, (_, name: string) => {
    const value = VALUES[name];
    if (value === undefined) throw new Error(`@${name}@ in a file of the node image has no value in node-files.ts`);
    return value;
  });

/** Entries for the image's file system, given the place of the layer that holds the Kubernetes binary. */
export async function nodeEntries(kubeLayer: string, storeHash: string): Promise<readonly LayerEntry[]> {
  const systemd = '/etc/systemd/system';
  return [
    ...(await ownFiles()),
    ...MASKED_UNITS.map((unit) => ({ path: `${systemd}/${unit}`, linkTo: '/dev/null' })),
    ...ENABLED_UNITS.map((unit) => ({ path: `${systemd}/multi-user.target.wants/${unit}`, linkTo: `../${unit}` })),
    { path: `${systemd}/default.target`, linkTo: '/usr/lib/systemd/system/multi-user.target' },
    // The very file that the control plane's containers run, so that it is on disk and in memory once.
    ...['kubeadm', 'kubectl', 'kubelet'].map((program) => ({
      path: `/usr/bin/${program}`,
      linkTo: `/kind/store/layers/${layerPlace(kubeLayer)}${KUBE_PATH}`,
    })),
    { path: '/opt/cni/bin', linkTo: '/usr/lib/cni' },
    { path: '/etc/cni/net.d', folder: true },
    { path: '/etc/containerd/certs.d', folder: true },
    { path: '/etc/kubernetes/manifests', folder: true },
    { path: '/kind/version', text: `v${KUBERNETES_VERSION}\n` },
    { path: '/kind/store/hash', text: `${storeHash}\n` },
  ];
}

/** The name of a layer's folder under /kind/store/layers; `fill/fill.sh` says the same. */
export const layerPlace = (digest: string): string => digest.replace('sha256:', '').slice(0, 16);

async function ownFiles(): Promise<readonly LayerEntry[]> {
  const found = await readdir(ROOT, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (file) => ({
      path: `/${relative(ROOT, file)}`,
      text: renderTemplate(await readFile(file, 'utf8')),
      // What git keeps of a file's mode, whatever the umask of the checkout.
      mode: (await stat(file)).mode & 0o100 ? 0o755 : 0o644,
    })),
  );
}
