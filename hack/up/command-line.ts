import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { BridgePlace } from '../bridge/place.ts';
import { buildCli } from '../build/bundle-cli.ts';
import type { Instance } from '../management/instance.ts';

/** Where the command line looks when nobody has told it anything; `~/.qbo/cli.json` is the user's own. */
const fileIn = (home: string): string => join(home, '.qbo', '.cli.db');

export type Told = 'changed' | 'unchanged' | 'another installation';

/** Makes `qbo` for this installation: builds it, and tells it where the bridge is. */
export async function ensureCommandLine(instance: Instance, place: BridgePlace, home: string): Promise<Told> {
  const isNew = await buildCli();
  const told = await tellBridge(instance, place, home);
  return told === 'unchanged' && isNew ? 'changed' : told;
}

/** What another installation, or another program, has written stays. */
export async function tellBridge({ name }: Instance, place: BridgePlace, home: string): Promise<Told> {
  const file = fileIn(home);
  const before = await read(file);
  if (before !== undefined && writerOf(before) !== name) return 'another installation';
  const host = place.address === '127.0.0.1' ? 'localhost' : place.address;
  // The bridge itself speaks no TLS, wherever it listens.
  const known = { qbo_host: host, qbo_port: place.port, qbo_ssl: '0', instance: name };
  const text = `${JSON.stringify(known, undefined, 2)}\n`;
  if (text === before) return 'unchanged';
  await mkdir(join(home, '.qbo'), { recursive: true, mode: 0o700 });
  // Moved into its place: somebody may be reading it.
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return 'changed';
}

/** The opposite. Returns whether there was something to forget. */
export async function forgetBridge({ name }: Instance, home: string): Promise<boolean> {
  const file = fileIn(home);
  const before = await read(file);
  if (before === undefined || writerOf(before) !== name) return false;
  await rm(file, { force: true });
  return true;
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Name of the installation that wrote it; undefined when it was none. */
function writerOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { instance?: unknown } | null)?.instance;
  } catch {
    // Not ours, whatever it is.
    return undefined;
  }
}
