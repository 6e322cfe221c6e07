import { link, open, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;
/** kubectl holds the lock for the few milliseconds that a write takes. */
const STALE_MS = 60_000;

/**
 * Holds the lock that kubectl and every other client-go program respect (`<file>.lock`, whose mere existence locks)
 * while `work` runs. One that is a minute old was left by a program that died, and is taken over.
 */
export async function withKubeconfigLock<T>(
  file: string,
  work: () => Promise<T>,
  options: { readonly onWait?: (message: string) => void; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const path = `${file}.lock`;
  let told = false;
  while (!(await tryCreate(path))) {
    const age = await ageOf(path);
    if (age === undefined) continue;
    if (age.ms >= STALE_MS) {
      await takeAway(path, age.inode);
      continue;
    }
    if (!told) {
      options.onWait?.(
        `another program is writing ${file}: waiting for ${path} to go, which is taken over when it is a minute old`,
      );
    }
    told = true;
    await delay(POLL_MS, undefined, options.signal ? { signal: options.signal } : {});
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function ageOf(path: string): Promise<{ ms: number; inode: number } | undefined> {
  try {
    const { mtimeMs, ino } = await stat(path);
    return { ms: Date.now() - mtimeMs, inode: ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Two waiters may see the same stale lock: what is moved away is looked at, and put back if it is a new one. */
async function takeAway(path: string, staleInode: number): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await ageOf(aside);
  if (moved !== undefined && moved.inode !== staleInode) await putBack(aside, path);
  await rm(aside, { force: true });
}

async function putBack(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
