import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse, parseAllDocuments } from 'yaml';

import type { ApplyConfiguration, KubeClient } from '../../controllers/kube/client.ts';
import { Discovery } from '../../controllers/kube/discovery.ts';
import { CustomResourceDefinitionType } from '../../controllers/kube/kinds.ts';

const FIELD_MANAGER = 'qbo-up';
const POLL_MS = 100;

/** All objects that a kustomization names, in its order. Understands `resources` only: that is all that ours use. */
export async function readKustomization(folder: string): Promise<readonly ApplyConfiguration[]> {
  const { resources } = parse(await readFile(join(folder, 'kustomization.yaml'), 'utf8')) as { resources: string[] };
  const all = await Promise.all(
    resources.map(async (resource) => {
      const path = join(folder, resource);
      return (await stat(path)).isDirectory() ? readKustomization(path) : readManifest(path);
    }),
  );
  return all.flat();
}

/** The objects of one YAML file. */
export async function readManifest(path: string): Promise<readonly ApplyConfiguration[]> {
  const documents = parseAllDocuments(await readFile(path, 'utf8'));
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => document.toJS() as ApplyConfiguration);
}

/** Applies objects one after the other, by server-side apply. Definitions of new kinds are served when it returns. */
export async function applyAll(
  kube: KubeClient,
  objects: readonly ApplyConfiguration[],
  signal: AbortSignal,
): Promise<void> {
  const discovery = new Discovery(kube);
  for (const object of objects) {
    const type = await discovery.resourceTypeOf(object, signal);
    await kube.apply(type, object, { fieldManager: FIELD_MANAGER }, signal);
  }
  const definitions = objects.filter(({ kind }) => kind === CustomResourceDefinitionType.kind);
  await Promise.all(definitions.map(({ metadata }) => waitUntilServed(kube, metadata.name, signal)));
}

async function waitUntilServed(kube: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const definition = await kube.get(CustomResourceDefinitionType, { namespace: '', name }, signal);
    const established = definition?.status?.conditions?.find(({ type }) => type === 'Established');
    if (established?.status === 'True') return;
    await delay(POLL_MS, undefined, { signal });
  }
}
