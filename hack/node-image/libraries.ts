import { lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { run } from '../console/run.ts';
import type { LayerEntry } from './archive.ts';

/** Absolute paths of the libraries in `ldd` output; none for a static program. */
export const parseLdd = (output: string): readonly string[] =>
  output
    .split('\n')
    .map((line) => /(?:=>\s*|^\s*)(\/\S+)\s+\(0x/.exec(line)?.[1])
    .filter((path) => path !== undefined);

/**
 * Layer entries for dynamically linked programs of a root file system, with all that they load. `programs` are paths
 * within it; one that ends in a slash means every file of that folder. Links stay links, so that nothing is doubled.
 */
export async function programEntries(root: string, programs: readonly string[]): Promise<readonly LayerEntry[]> {
  const entries = new Map<string, LayerEntry>();
  const wanted = await expand(root, programs);
  for (const path of wanted) await follow(root, path, entries);

  const files = [...entries.values()].flatMap((entry) => ('from' in entry ? [entry.path] : []));
  for (const file of files) {
    const { stdout } = await run(['chroot', root, 'sh', '-c', 'ldd "$0" 2>/dev/null || true', file]);
    for (const library of parseLdd(stdout)) await follow(root, library, entries);
  }
  return [...entries.values()];
}

async function expand(root: string, programs: readonly string[]): Promise<readonly string[]> {
  const expanded = programs.map(async (path) =>
    path.endsWith('/') ? (await readdir(join(root, path))).map((name) => join(path, name)) : [path],
  );
  return (await Promise.all(expanded)).flat();
}

/**
 * Adds a path and what its links lead to, within the root, under the names that programs know. Folders that are links themselves (Debian's /lib is one) are
 * resolved away: the loader looks in /lib, so a library stays there under its own name.
 */
export async function follow(root: string, path: string, entries: Map<string, LayerEntry>): Promise<void> {
  if (entries.has(path)) return;
  const source = await resolveFolders(root, path);
  if (!(await lstat(join(root, source))).isSymbolicLink()) {
    entries.set(path, { path, from: join(root, source) });
    return;
  }
  const target = resolve(dirname(path), await readlink(join(root, source)));
  entries.set(path, { path, linkTo: target });
  await follow(root, target, entries);
}

/** The path with every folder link above it followed inside the root. */
async function resolveFolders(root: string, path: string): Promise<string> {
  let real = '/';
  const parts = path.split('/').filter((part) => part !== '');
  const name = parts.pop() ?? '';
  for (const part of parts) {
    const next = join(real, part);
    const found = await lstat(join(root, next));
    real = found.isSymbolicLink() ? resolve(real, await readlink(join(root, next))) : next;
  }
  return join(real, name);
}
