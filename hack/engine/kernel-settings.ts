/**
 * Kernel settings that a dozen node containers outgrow on a default host: every systemd, kubelet and containerd in
 * them holds inotify instances, which are counted for the whole machine.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { readIfThere } from './own-process.ts';

const NEEDED: Readonly<Record<string, number>> = {
  'fs.inotify.max_user_instances': 512,
  'fs.inotify.max_user_watches': 524_288,
};

export interface Shortfall {
  readonly name: string;
  readonly now: number;
  readonly needed: number;
}

/** The settings that are lower than needed, given a way to read one. */
export function shortfalls(read: (name: string) => number): readonly Shortfall[] {
  return Object.entries(NEEDED)
    .map(([name, needed]) => ({ name, now: read(name), needed }))
    .filter(({ now, needed }) => now < needed);
}

/** The line that a person with root would type. */
export const sysctlCommand = (missing: readonly Shortfall[]): string =>
  `sudo sysctl -w ${missing.map(({ name, needed }) => `${name}=${String(needed)}`).join(' ')}`;

const procPath = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`;

/** Raises what is too low and can be raised; says in one line each what it did, or what to type instead. */
export async function ensureKernelSettings(recordFile: string, say: (line: string) => void): Promise<void> {
  const values = new Map(
    await Promise.all(
      Object.keys(NEEDED).map(async (name) => [name, Number(await readFile(procPath(name), 'utf8'))] as const),
    ),
  );
  const missing = shortfalls((name) => values.get(name) ?? 0);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    say(`Many nodes need more inotify instances than this machine allows. Run: ${sysctlCommand(missing)}`);
    return;
  }
  await remember(recordFile, missing);
  for (const { name, now, needed } of missing) {
    await writeFile(procPath(name), String(needed));
    say(`Raised ${name} from ${String(now)} to ${String(needed)}; \`make down\` sets it back`);
  }
}

/** The first record wins: it holds the values from before we came. */
async function remember(recordFile: string, missing: readonly Shortfall[]): Promise<void> {
  const earlier = parseRecord(await readIfThere(recordFile));
  const record = { ...Object.fromEntries(missing.map(({ name, now }) => [name, now])), ...earlier };
  await mkdir(dirname(recordFile), { recursive: true });
  await writeFile(recordFile, JSON.stringify(record));
}

/** Sets back what ensureKernelSettings raised, unless somebody has changed it since. */
export async function restoreKernelSettings(recordFile: string, say: (line: string) => void): Promise<void> {
  for (const [name, before] of Object.entries(parseRecord(await readIfThere(recordFile)))) {
    const now = Number(await readFile(procPath(name), 'utf8'));
    if (now !== NEEDED[name]) continue;
    await writeFile(procPath(name), String(before));
    say(`Set ${name} back to ${String(before)}`);
  }
  await rm(recordFile, { force: true });
}

/** A record is written by us into a folder of root's, but is still not believed blindly: only known names are used. */
export function parseRecord(text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  const parsed = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(parsed).filter(
      (entry): entry is [string, number] => entry[0] in NEEDED && Number.isInteger(entry[1]),
    ),
  );
}
