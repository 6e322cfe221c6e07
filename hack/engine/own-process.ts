import { readFile } from 'node:fs/promises';

/**
 * The process id in a pid file, if that process still is the program that wrote it: after a crash or a reboot the
 * number may belong to anyone.
 */
export async function pidOf(pidFile: string, program: string): Promise<number | undefined> {
  const pid = Number.parseInt((await readIfThere(pidFile)) ?? '', 10);
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
  // `comm` is cut to 15 characters by the kernel; ours are shorter.
  const comm = (await readIfThere(`/proc/${String(pid)}/comm`))?.trim();
  return comm === program ? pid : undefined;
}

/** A file's text, or undefined when it, or the process that it tells of, is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
