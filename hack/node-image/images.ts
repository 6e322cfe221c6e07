/** The images that every node starts with, as contents of one-layer archives. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cachedDir, contentHash } from '../cache/cache.ts';
import { step } from '../console/progress.ts';
import { run } from '../console/run.ts';
import { writeImageArchive, type ImageContents, type LayerEntry } from './archive.ts';
import { corednsHash, kubeHash } from './go-binaries.ts';
import { programEntries } from './libraries.ts';
import { rootfsHash } from './rootfs.ts';
import {
  BUSYBOX_TAG,
  COREDNS_TAG,
  ETCD_TAG,
  KUBERNETES_VERSION,
  LOCAL_PATH_PROVISIONER_VERSION,
  PAUSE_TAG,
} from './versions.ts';

const REGISTRY = 'registry.k8s.io';

/** The programs of the binary that is called by many names; `kubeadm` and `kubelet` run on the node itself. */
const KUBE_PROGRAMS = [
  'etcd',
  'kindnetd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubeadm',
  'kubectl',
  'kubelet',
] as const;

/** The packet filter tools that kube-proxy, in each of its modes, and kindnetd call. */
const NETWORK_TOOLS = [
  '/usr/sbin/conntrack',
  '/usr/sbin/ip6tables',
  '/usr/sbin/ip6tables-restore',
  '/usr/sbin/ip6tables-save',
  '/usr/sbin/iptables',
  '/usr/sbin/iptables-restore',
  '/usr/sbin/iptables-save',
  '/usr/sbin/nft',
] as const;

/** Where the multi-call binary is in its image. */
export const KUBE_PATH = '/usr/local/bin/kube';

export const IMAGE_NAMES = ['kube', 'coredns', 'pause', 'local-path-provisioner', 'busybox'] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** All references by the image that carries them. */
export const IMAGE_REFERENCES: Readonly<Record<ImageName, readonly string[]>> = {
  kube: [
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map(
      (program) => `${REGISTRY}/${program}:v${KUBERNETES_VERSION}`,
    ),
    `${REGISTRY}/etcd:${ETCD_TAG}`,
  ],
  coredns: [`${REGISTRY}/coredns/coredns:${COREDNS_TAG}`],
  pause: [`${REGISTRY}/pause:${PAUSE_TAG}`],
  'local-path-provisioner': [`docker.io/rancher/local-path-provisioner:${LOCAL_PATH_PROVISIONER_VERSION}`],
  busybox: [`docker.io/library/busybox:${BUSYBOX_TAG}`],
};

/** What the images are made from, as paths of this machine. */
export interface ImageSources {
  readonly root: string;
  readonly kube: string;
  readonly coredns: string;
  readonly localPathProvisioner: string;
}

async function contentsOf(name: ImageName, sources: ImageSources): Promise<ImageContents> {
  const references = IMAGE_REFERENCES[name];
  const busybox: LayerEntry = { path: '/bin/busybox', from: join(sources.root, 'bin/busybox') };
  switch (name) {
    case 'kube': {
      const links = KUBE_PROGRAMS.map((program) => ({ path: `/usr/local/bin/${program}`, linkTo: 'kube' }));
      const tools = await programEntries(sources.root, [...NETWORK_TOOLS, await extensionsFolder(sources.root)]);
      const shell = [busybox, { path: '/bin/sh', linkTo: 'busybox' }];
      const kube = { path: KUBE_PATH, from: sources.kube, mode: 0o755 };
      return { references, entrypoint: [KUBE_PATH], entries: [kube, ...links, ...tools, ...shell] };
    }
    case 'coredns': {
      const program = { path: '/coredns', from: sources.coredns, mode: 0o755 };
      const roots = {
        path: '/etc/ssl/certs/ca-certificates.crt',
        from: join(sources.root, 'etc/ssl/certs/ca-certificates.crt'),
      };
      return { references, entrypoint: ['/coredns'], entries: [program, roots] };
    }
    case 'pause':
      // Reaps, and ends at once when told to: all that the first process of a pod must do.
      return {
        references,
        entrypoint: ['/pause', '-P'],
        entries: [{ path: '/pause', from: join(sources.root, 'usr/bin/catatonit') }],
      };
    case 'local-path-provisioner': {
      const path = '/local-path-provisioner';
      return { references, entrypoint: [path], entries: [{ path, from: sources.localPathProvisioner, mode: 0o755 }] };
    }
    case 'busybox':
      return {
        references,
        entrypoint: [],
        entries: [
          busybox,
          ...(await appletLinks(sources.root)),
          { path: '/etc/passwd', text: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
          { path: '/etc/group', text: 'root:x:0:\nnogroup:x:65534:\n' },
          { path: '/tmp', folder: true, mode: 0o1777 },
        ],
      };
  }
}

/** iptables' extensions, in a folder that is named for the processor. */
async function extensionsFolder(root: string): Promise<string> {
  const triplets = await readdir(join(root, 'usr/lib'));
  const triplet = triplets.find((name) => name.endsWith('-linux-gnu'));
  if (triplet === undefined) throw new Error(`No library folder of a processor under ${root}/usr/lib`);
  return `/usr/lib/${triplet}/xtables/`;
}

async function appletLinks(root: string): Promise<readonly LayerEntry[]> {
  const { stdout } = await run([join(root, 'bin/busybox'), '--list']);
  const applets = stdout.split('\n').filter((applet) => applet !== '' && applet !== 'busybox');
  return applets.map((applet) => ({ path: `/bin/${applet}`, linkTo: 'busybox' }));
}

/** Changes when any image would. */
export async function archivesHash(): Promise<string> {
  const code = await Promise.all(
    ['archive.ts', 'images.ts', 'libraries.ts'].map((file) => readFile(join(import.meta.dirname, file))),
  );
  const sources = [rootfsHash(), await kubeHash(), await corednsHash(), LOCAL_PATH_PROVISIONER_VERSION];
  return contentHash(...code, sources, IMAGE_REFERENCES);
}

/** A folder with `<name>.tar` for each image and `layers.json`, which has the digest of each one's layer. */
export async function ensureArchives(sources: ImageSources): Promise<string> {
  const hash = await archivesHash();
  return step('Image archives', (report) =>
    cachedDir(
      'node-archives',
      hash,
      async (folder) => {
        const layers: Partial<Record<ImageName, string>> = {};
        for (const name of IMAGE_NAMES) {
          report(name);
          const { diffId } = await writeImageArchive(join(folder, `${name}.tar`), await contentsOf(name, sources));
          layers[name] = diffId;
        }
        await writeFile(join(folder, 'layers.json'), JSON.stringify(layers));
      },
      { onHit: () => report.cached() },
    ),
  );
}

/** The digests of the layers in a folder that ensureArchives made. */
export async function readLayers(archives: string): Promise<Readonly<Record<ImageName, string>>> {
  return JSON.parse(await readFile(join(archives, 'layers.json'), 'utf8')) as Record<ImageName, string>;
}
