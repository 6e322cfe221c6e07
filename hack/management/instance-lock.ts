import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder } from '../cache/cache.ts';
import { withLock } from '../cache/lock.ts';
import type { Instance } from './instance.ts';

/** Where an installation keeps what it must remember between runs, and its log. */
export const instanceFolder = ({ name }: Instance): string => join(cacheFolder(), 'instances', name);

/** One `make up` or `make down` of an installation at a time. */
export async function withInstanceLock<T>(instance: Instance, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const folder = instanceFolder(instance);
  await mkdir(folder, { recursive: true });
  const onWait = (pid: number): void => {
    process.stderr.write(`  Waiting for process ${String(pid)}, which is bringing "${instance.name}" up or down\n`);
  };
  return withLock(`${folder}.lock`, work, { onWait, signal });
}
