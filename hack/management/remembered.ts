import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Instance } from './instance.ts';
import { instanceFolder } from './instance-lock.ts';

const FILE = 'kubeconfigs';

/** Notes a kubeconfig file that gets our entries: `make down` may run where `$KUBECONFIG` says something else. */
export async function rememberKubeconfig(instance: Instance, file: string): Promise<void> {
  const known = await rememberedKubeconfigs(instance);
  if (known.includes(file)) return;
  await mkdir(instanceFolder(instance), { recursive: true });
  await writeFile(join(instanceFolder(instance), FILE), [...known, file].map((line) => `${line}\n`).join(''));
}

/** Files that got our entries at some time, whether they have them still or not. */
export async function rememberedKubeconfigs(instance: Instance): Promise<readonly string[]> {
  try {
    const text = await readFile(join(instanceFolder(instance), FILE), 'utf8');
    return text.split('\n').filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
