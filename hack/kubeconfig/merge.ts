/**
 * Our entry in the user's kubeconfig: put there by `make up`, taken away by `make down`. The file is the user's, so it is
 * locked as kubectl locks it, replaced in one step, keeps its comments and foreign entries, and is left alone when it
 * cannot be understood.
 */
import { chown, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

import { accessOf, currentContextOf, KubeconfigRefused, refusal, withAccess, withoutAccess } from './document.ts';
import { withKubeconfigLock } from './lock.ts';

export interface EditOptions {
  /** Called with a line to show when another program holds the file's lock. */
  readonly onWait?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** The kubeconfig files in force, most important first: those of `$KUBECONFIG`, or `~/.kube/config`. */
export function kubeconfigFiles(env: NodeJS.ProcessEnv): readonly [string, ...string[]] {
  const listed = (env['KUBECONFIG'] ?? '').split(':').filter((path) => path !== '');
  const [first, ...others] = [...new Set(listed.map((path) => resolve(path)))];
  return first === undefined ? [join(env['HOME'] ?? homedir(), '.kube', 'config')] : [first, ...others];
}

/**
 * Why the instance could not be merged into these files, said before long work is done in vain: the file is no YAML, or
 * somebody else's entry has the instance's name.
 */
export async function kubeconfigRefusal(
  files: readonly [string, ...string[]],
  instance: string,
): Promise<string | undefined> {
  return refusal(await read(files[0]), instance, files[0]);
}

/**
 * Puts cluster, user and context `instance` into the first of `files`, from `kubeconfig`'s current context. The context
 * becomes the current one only if none of the files names one. Returns whether the file had to be changed.
 */
export async function mergeKubeconfig(
  files: readonly [string, ...string[]],
  entry: { readonly instance: string; readonly kubeconfig: string },
  options: EditOptions = {},
): Promise<boolean> {
  const [file, ...others] = files;
  const access = accessOf(entry.kubeconfig);
  const elsewhere = await Promise.all(others.map(async (other) => currentContextOf(await read(other), other)));
  const mayBeCurrent = elsewhere.every((context) => context === '');
  return edit(file, (text) => withAccess(text, { instance: entry.instance, access, mayBeCurrent }, file), options);
}

/** Takes away every entry that `instance` made in `file`. Returns whether there was one. */
export const removeFromKubeconfig = (file: string, instance: string, options: EditOptions = {}): Promise<boolean> =>
  edit(file, (text) => (text === '' ? undefined : withoutAccess(text, instance, file)), options);

/** `change` gets the present text ('' when there is no file); undefined or the same text means that nothing is written. */
async function edit(
  file: string,
  change: (text: string) => string | undefined,
  options: EditOptions,
): Promise<boolean> {
  const before = await read(file);
  const wanted = change(before);
  if (wanted === undefined || wanted === before) return false;

  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  return withKubeconfigLock(
    file,
    async () => {
      const text = await read(file);
      const changed = change(text);
      if (changed === undefined || changed === text) return false;
      await replace(file, changed);
      return true;
    },
    options,
  );
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new KubeconfigRefused(
      `${file} cannot be read: ${(error as Error).message}. Set KUBECONFIG to another file.`,
      {
        cause: error,
      },
    );
  }
}

/** A reader sees the old content or the new one. A symbolic link stays one, and the file keeps its owner. */
async function replace(link: string, text: string): Promise<void> {
  const file = await target(link);
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await keepOwner(file, draft);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

async function target(link: string): Promise<string> {
  try {
    return await realpath(link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return link;
    throw error;
  }
}

/** Root may edit another user's file, for instance through sudo; it must stay that user's. */
async function keepOwner(file: string, draft: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  try {
    const { uid, gid } = await stat(file);
    await chown(draft, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
