import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cachedFile, contentHash } from '../cache/cache.ts';
import { step } from '../console/progress.ts';
import type { Engine } from '../engine/ensure-engine.ts';
import { docker } from './docker.ts';
import { archivesHash } from './images.ts';
import { renderTemplate } from './node-files.ts';

const SOURCES = join(import.meta.dirname, 'fill');

const readSources = async (): Promise<{ script: string; config: string }> => ({
  script: await readFile(join(SOURCES, 'fill.sh'), 'utf8'),
  config: renderTemplate(await readFile(join(SOURCES, 'containerd.toml'), 'utf8')),
});

export async function storeHash(): Promise<string> {
  return contentHash(await archivesHash(), await readSources());
}

/**
 * A tar with the archives' images as containerd keeps them, unpacked. Unpacking at build time saves each new node
 * seconds; keeping the layers out of /var saves it a copy of them, and lets all nodes of a host share their pages.
 */
export async function ensureStore(engine: Engine, base: string, archives: string): Promise<string> {
  const hash = await storeHash();
  return step('Unpack the images into a container store', (report) =>
    cachedFile('node-store', hash, (path) => fill(engine, { base, archives, path, onLine: report }), {
      onHit: () => report.cached(),
    }),
  );
}

interface Fill {
  readonly base: string;
  readonly archives: string;
  readonly path: string;
  readonly onLine: (line: string) => void;
}

async function fill(engine: Engine, { base, archives, path, onLine }: Fill): Promise<void> {
  const { script, config } = await readSources();
  const prepare = 'printf %s "$FILL_CONFIG" > /fill.toml && exec bash -c "$FILL_SCRIPT" fill';
  await docker(
    engine,
    [
      // The tar passes through standard output: a log of it would cost more than all the rest.
      ...['run', '--rm', '--privileged', '--network', 'none', '--log-driver', 'none'],
      ...['--volume', '/fill', '--volume', `${archives}:/archives:ro`],
      ...['--env', 'FILL_SCRIPT', '--env', 'FILL_CONFIG', base, 'bash', '-c', prepare],
    ],
    { env: { FILL_SCRIPT: script, FILL_CONFIG: config }, stdoutTo: createWriteStream(path), onLine },
  );
}
