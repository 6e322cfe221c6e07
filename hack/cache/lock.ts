import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 250;

/** Who holds a lock. A process id alone would be wrong after it is given to another process. */
interface Holder {
  readonly pid: number;
  readonly startedAt: string;
}

/**
 * Holds the lock file at `path` while `work` runs. Waits while another live process holds it; a lock whose process has
 * ended is taken over. `onWait` is called once if there is somebody to wait for.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { readonly onWait?: (pid: number) => void; readonly signal?: AbortSignal } = {},
): Promise<T> {
  await acquire(path, options);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, options: { onWait?: (pid: number) => void; signal?: AbortSignal }): Promise<void> {
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, JSON.stringify({ pid: process.pid, startedAt: await startTime(process.pid) } satisfies Holder));
  let told = false;
  try {
    for (;;) {
      const holder = await tryLink(own, path);
      if (holder === 'acquired') return;
      if (holder === 'gone') continue;
      if (!(await isAlive(holder))) {
        await breakLock(path, holder);
        continue;
      }
      if (!told) options.onWait?.(holder.pid);
      told = true;
      await delay(POLL_MS, undefined, options.signal ? { signal: options.signal } : {});
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** A hard link is made whole or not at all, so a lock file is never seen half written. */
async function tryLink(own: string, path: string): Promise<'acquired' | 'gone' | Holder> {
  try {
    await link(own, path);
    return 'acquired';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readHolder(path)) ?? 'gone';
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const { pid, startedAt } = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    return { pid: pid ?? 0, startedAt: startedAt ?? '' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { pid: 0, startedAt: '' };
    throw error;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  return holder.pid > 0 && holder.startedAt !== '' && (await startTime(holder.pid)) === holder.startedAt;
}

/** Two waiters may see the same dead holder: only the one that moves that very lock away may remove it. */
async function breakLock(path: string, dead: Holder): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readHolder(aside);
  const movedALivingLock = moved !== undefined && (moved.pid !== dead.pid || moved.startedAt !== dead.startedAt);
  if (movedALivingLock) await tryLink(aside, path);
  await rm(aside, { force: true });
}

/** Boot id and start time in clock ticks: together with the pid, unique. Empty when there is no such process. */
async function startTime(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    // The second field is the command in parentheses, which may itself hold spaces and parentheses.
    return `${boot.trim()}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
