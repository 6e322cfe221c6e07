import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GeneratedFile } from './generated-files.ts';

/** What `generate` would change, as a unified diff; empty when every committed file is as it should be. */
export const staleness = (root: string, files: readonly GeneratedFile[]): string =>
  files.map((file) => difference(root, file)).join('');

function difference(root: string, { path, text }: GeneratedFile): string {
  const committed = read(join(root, path));
  if (committed === text) return '';
  const labels = ['--label', committed === undefined ? `${path} (missing)` : path, '--label', `${path} (generated)`];
  const { stdout, error } = spawnSync(
    'diff',
    ['-u', ...labels, committed === undefined ? '/dev/null' : join(root, path), '-'],
    { input: text, encoding: 'utf8' },
  );
  if (error !== undefined) return `${path} differs from what is generated (no diff: ${error.message})\n`;
  return stdout;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
