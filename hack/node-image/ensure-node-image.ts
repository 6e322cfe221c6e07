/**
 * A Kubernetes node image in the local engine: the published one where a registry is in reach, else one that is built
 * from package registries alone. Both keep the contract of the kind CLI.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder } from '../cache/cache.ts';
import { withLock } from '../cache/lock.ts';
import type { Engine } from '../engine/ensure-engine.ts';
import { buildNodeImage, isBuilt } from './build.ts';
import { hasImage } from './docker.ts';
import { pullIfReachable } from './registry.ts';
import { BUILT_IMAGE, PUBLISHED_IMAGE } from './versions.ts';

export interface NodeImage {
  readonly image: string;
  readonly source: 'pulled' | 'built' | 'cached';
}

/** What is there already wins, so that a second call takes under a second and tests of one machine use one image. */
export async function ensureNodeImage(engine: Engine, env: NodeJS.ProcessEnv = process.env): Promise<NodeImage> {
  const present = await findPresent(engine);
  if (present !== undefined) return { image: present, source: 'cached' };
  await mkdir(cacheFolder(env), { recursive: true });
  return withLock(join(cacheFolder(env), 'node-image.lock'), async () => {
    // Another process may have made it while we waited for the lock.
    const made = await findPresent(engine);
    if (made !== undefined) return { image: made, source: 'cached' };
    if (await pullIfReachable(engine, PUBLISHED_IMAGE, env)) return { image: PUBLISHED_IMAGE, source: 'pulled' };
    await buildNodeImage(engine);
    return { image: BUILT_IMAGE, source: 'built' };
  });
}

async function findPresent(engine: Engine): Promise<string | undefined> {
  if (await isBuilt(engine)) return BUILT_IMAGE;
  return (await hasImage(engine, PUBLISHED_IMAGE)) ? PUBLISHED_IMAGE : undefined;
}
