/**
 * A cache of things that take long to make, outside the checkout, keyed by a hash of what they are made from. An entry
 * is built under a temporary name and renamed when whole, so it is there entirely or not at all, and two processes that
 * want the same entry build it once.
 */
import { access, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { withLock } from './lock.ts';

/** Newest entries of one name that are kept: the present one, and the one a `git switch` goes back to. */
const KEPT_ENTRIES = 2;

/** `$QBO_CACHE`, else `$XDG_CACHE_HOME/qbo`, else `~/.cache/qbo`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['QBO_CACHE']) return env['QBO_CACHE'];
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'qbo');
}

/** A hash over any values that JSON can hold, plus buffers; the order of arguments matters. 16 hex digits. */
export function contentHash(...parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(JSON.stringify(part) ?? 'undefined');
    // The length in front keeps ['ab', 'c'] and ['a', 'bc'] apart.
    hash.update(`${String(bytes.length)}:`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

export interface CacheOptions {
  /** Where entries live; the user's cache folder by default. */
  readonly folder?: string;
  /** Called when the entry was there already. */
  readonly onHit?: (path: string) => void;
  /** Called when another process is building the entry. */
  readonly onWait?: (pid: number) => void;
  readonly signal?: AbortSignal;
}

/** The path of a file made by `build(path)`, which is called only if no entry of that name and hash is there. */
export const cachedFile = (
  name: string,
  hash: string,
  build: (path: string) => Promise<void>,
  options: CacheOptions = {},
): Promise<string> => cached({ name, hash, prepare: () => Promise.resolve() }, build, options);

/** As cachedFile, for a folder, which is there and empty when `build` is called. */
export const cachedDir = (
  name: string,
  hash: string,
  build: (path: string) => Promise<void>,
  options: CacheOptions = {},
): Promise<string> => cached({ name, hash, prepare: (path) => mkdir(path) }, build, options);

interface Entry {
  readonly name: string;
  readonly hash: string;
  readonly prepare: (path: string) => Promise<unknown>;
}

async function cached(entry: Entry, build: (path: string) => Promise<void>, options: CacheOptions): Promise<string> {
  const shelf = join(options.folder ?? cacheFolder(), entry.name);
  const path = join(shelf, entry.hash);
  if (await isThere(path)) return hit(path, options);

  await mkdir(shelf, { recursive: true });
  return withLock(
    join(shelf, '.lock'),
    async () => {
      if (await isThere(path)) return hit(path, options);
      const partial = join(shelf, `.partial-${entry.hash}`);
      await rm(partial, { recursive: true, force: true });
      await entry.prepare(partial);
      await build(partial);
      await rename(partial, path);
      await touch(path);
      await prune(shelf, entry.hash);
      return path;
    },
    options,
  );
}

/** Use makes an entry young again, so that pruning removes what nobody uses. */
async function hit(path: string, options: CacheOptions): Promise<string> {
  await touch(path);
  options.onHit?.(path);
  return path;
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

async function prune(shelf: string, current: string): Promise<void> {
  const names = (await readdir(shelf)).filter((name) => !name.startsWith('.') && name !== current);
  const entries = await Promise.all(
    names.map(async (name) => ({ name, usedAt: (await stat(join(shelf, name))).mtimeMs })),
  );
  const old = entries.sort((a, b) => b.usedAt - a.usedAt).slice(KEPT_ENTRIES - 1);
  for (const { name } of old) await rm(join(shelf, name), { recursive: true, force: true });
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}
