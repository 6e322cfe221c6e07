import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../console/run.ts';

/** The files that git knows or would add, by path relative to the root; text is read on demand. */
export interface Tree {
  readonly paths: readonly string[];
  read(path: string): Promise<string>;
}

export async function readTree(root: string): Promise<Tree> {
  const { stdout } = await run(['git', 'ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root });
  const deleted = await run(['git', 'ls-files', '--deleted'], { cwd: root });
  const gone = new Set(deleted.stdout.split('\n'));
  const paths = stdout.split('\n').filter((path) => path !== '' && !gone.has(path));
  return { paths: [...new Set(paths)], read: (path) => readFile(join(root, path), 'utf8') };
}

/** A tree in memory, for tests. */
export const treeOf = (files: Readonly<Record<string, string>>): Tree => ({
  paths: Object.keys(files),
  read: (path) => Promise.resolve(files[path] ?? ''),
});
