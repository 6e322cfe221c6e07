/**
 * A Kubernetes node image in the local engine: the published one where a registry is in reach, else one that is built
 * from package registries alone. Both keep the contract of the kind CLI.
 */
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
  if (await isBuilt(engine)) return { image: BUILT_IMAGE, source: 'cached' };
  if (await hasImage(engine, PUBLISHED_IMAGE)) return { image: PUBLISHED_IMAGE, source: 'cached' };
  if (await pullIfReachable(engine, PUBLISHED_IMAGE, env)) return { image: PUBLISHED_IMAGE, source: 'pulled' };
  await buildNodeImage(engine);
  return { image: BUILT_IMAGE, source: 'built' };
}
