/** From nothing but package registries to a node image. Each stage is kept by the hash of what it is made from. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { contentHash } from '../cache/cache.ts';
import { step } from '../console/progress.ts';
import { run } from '../console/run.ts';
import type { Engine } from '../engine/ensure-engine.ts';
import { tarOf } from './archive.ts';
import { docker, hasImage, imageLabel, removeReplacedImages } from './docker.ts';
import { ensureCoredns, ensureKube, ensureLocalPathProvisioner } from './go-binaries.ts';
import { ensureArchives, IMAGE_REFERENCES, readLayers, type ImageSources } from './images.ts';
import { nodeEntries } from './node-files.ts';
import { ensureRootfs, rootfsHash } from './rootfs.ts';
import { ensureStore, storeHash } from './store.ts';
import { BUILT_IMAGE, KUBERNETES_VERSION } from './versions.ts';

/** An image that carries this label with the present hash needs no build. */
const HASH_LABEL = 'qbo.io/content-hash';

/** What the kind contract wants of an image, and what ours says of itself. */
const imageChanges = (hash: string): readonly string[] => [
  'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]',
  'CMD []',
  'ENV container=docker',
  `LABEL ${HASH_LABEL}=${hash}`,
  `LABEL qbo.io/kubernetes-version=v${KUBERNETES_VERSION}`,
];

/** Over everything that the image is made from; takes milliseconds, and needs neither root nor an engine. */
export async function nodeImageHash(): Promise<string> {
  const files = await nodeEntries('sha256:', '');
  const code = await readFile(join(import.meta.dirname, 'build.ts'));
  return contentHash(await storeHash(), rootfsHash(), files, code);
}

export const isBuilt = async (engine: Engine): Promise<boolean> =>
  (await imageLabel(engine, BUILT_IMAGE, HASH_LABEL)) === (await nodeImageHash());

/** Builds BUILT_IMAGE. Needs root and Go; takes 4 to 12 minutes the first time on two processors. */
export async function buildNodeImage(engine: Engine): Promise<void> {
  const sources = await ensureSources();
  await checkReferences(sources.kube);
  const { root } = sources;
  const archives = await ensureArchives(sources);
  const base = await ensureBase(engine, root);
  const store = await ensureStore(engine, base, archives);
  const layers = await readLayers(archives);
  await step(`Node image ${BUILT_IMAGE}`, () => assemble(engine, { base, store, kubeLayer: layers.kube }));
}

/** Debian is unpacked while Go compiles: one waits for the network and the disk, the other for the processor. */
async function ensureSources(): Promise<ImageSources> {
  const compile = async (): Promise<Omit<ImageSources, 'root'>> => ({
    kube: await ensureKube(),
    coredns: await ensureCoredns(),
    localPathProvisioner: await ensureLocalPathProvisioner(),
  });
  // Settled, not raced: a failure of one must not leave the other's processes behind.
  const [folder, programs] = await Promise.allSettled([ensureRootfs(), compile()]);
  if (folder.status === 'rejected') throw folder.reason;
  if (programs.status === 'rejected') throw programs.reason;
  return { root: join(folder.value, 'root'), ...programs.value };
}

/** kubeadm pulls what it names and finds nowhere; on machines without a registry that would be a node that never starts. */
async function checkReferences(kube: string): Promise<void> {
  const script = 'exec -a kubeadm "$0" config images list --kubernetes-version "$1"';
  const { stdout } = await run(['bash', '-c', script, kube, `v${KUBERNETES_VERSION}`]);
  const missing = missingReferences(stdout.split('\n'));
  if (missing.length > 0) {
    throw new Error(
      `kubeadm v${KUBERNETES_VERSION} wants images that the node image has not: ${missing.join(', ')}. See versions.ts.`,
    );
  }
}

export function missingReferences(wanted: readonly string[]): readonly string[] {
  const present = new Set(Object.values(IMAGE_REFERENCES).flat());
  return wanted.filter((reference) => reference !== '' && !present.has(reference));
}

/** The Debian that nodes are made from, as an image; for other images too, where no registry has one. */
export const ensureNodeBase = async (engine: Engine): Promise<string> =>
  ensureBase(engine, join(await ensureRootfs(), 'root'));

async function ensureBase(engine: Engine, root: string): Promise<string> {
  const image = `qbo/node-base:${rootfsHash()}`;
  await step(`Base image ${image}`, async (report) => {
    if (await hasImage(engine, image)) {
      report.cached();
      return;
    }
    const tar = ['tar', '--create', '--numeric-owner', '--sort=name', '--mtime=@0', '--directory', root];
    const skip = ['--exclude=./dev/*', '--exclude=./proc/*', '--exclude=./sys/*', '.'];
    const words = [...tar, ...skip, 'docker', '--host', `unix://${engine.socketPath}`, 'import', '-', image];
    const script = 'set -o pipefail; n=$1; shift; "${@:1:n}" | "${@:n+1}"';
    await run(['bash', '-c', script, 'import', String(tar.length + skip.length), ...words]);
  });
  return image;
}

interface Parts {
  readonly base: string;
  readonly store: string;
  readonly kubeLayer: string;
}

/** A container that never runs is given the files and becomes the image: one layer, and the same on every builder. */
async function assemble(engine: Engine, { base, store, kubeLayer }: Parts): Promise<void> {
  // What systemd takes for a request to halt. `commit` knows no change for it, but keeps what the container has.
  const stopSignal = ['--stop-signal', 'SIGRTMIN+3'];
  const { stdout } = await docker(engine, ['create', ...stopSignal, base, 'never-run']);
  const container = stdout.trim();
  try {
    await docker(engine, ['cp', '-', `${container}:/`], { input: createReadStream(store) });
    await docker(engine, ['cp', '-', `${container}:/`], {
      input: tarOf(await nodeEntries(kubeLayer, await storeHash())),
    });
    const changes = imageChanges(await nodeImageHash()).flatMap((change) => ['--change', change]);
    await docker(engine, ['commit', ...changes, container, BUILT_IMAGE]);
  } finally {
    await docker(engine, ['rm', container]);
  }
  // Nodes that run from a replaced image keep it; a later build removes it.
  await removeReplacedImages(engine, HASH_LABEL);
}
