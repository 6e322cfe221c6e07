import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cachedFile, contentHash } from '../cache/cache.ts';
import { step } from '../console/progress.ts';
import { run, RunError } from '../console/run.ts';
import type { Engine } from '../engine/ensure-engine.ts';
import { docker } from '../node-image/docker.ts';

const SCRIPT = join(import.meta.dirname, 'fetch-tools.sh');

/**
 * Archive of nft, ipvsadm, ip, iptables and conntrack with their libraries, out of Debian's packages: by this machine's apt, and
 * where it has none by that of `base`, a Debian whose registry was in reach.
 */
export async function ensureDataplaneTools(engine: Engine, base: string): Promise<string> {
  const hash = contentHash(await readFile(SCRIPT), process.arch);
  return step('Fetch nft, ipvsadm and their like from Debian’s packages', (report) =>
    cachedFile('dataplane-tools.tar', hash, (path) => fetch(path, { engine, base, report }), {
      onHit: () => report.cached(),
    }),
  );
}

interface Fetch {
  readonly engine: Engine;
  readonly base: string;
  readonly report: (line: string) => void;
}

async function fetch(path: string, { engine, base, report }: Fetch): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'qbo-tools-'));
  try {
    if (await hasApt()) await run(['sh', SCRIPT, folder], { onLine: report });
    else {
      const mounts = ['--volume', `${SCRIPT}:/fetch-tools.sh:ro`, '--volume', `${folder}:/tools`];
      await docker(engine, ['run', '--rm', ...mounts, base, 'sh', '/fetch-tools.sh', '/tools'], { onLine: report });
    }
    await run(['tar', '--create', '--sort=name', '--owner=0', '--group=0', '--file', path, '--directory', folder, '.']);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function hasApt(): Promise<boolean> {
  try {
    await run(['apt-get', '--version']);
    return true;
  } catch (error) {
    if (error instanceof RunError) return false;
    throw error;
  }
}
