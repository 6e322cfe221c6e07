/**
 * A container engine that answers: the one that is running, wherever this user's `docker` finds it, or else one of our
 * own. On an ordinary host this does nothing but look.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { withLock } from '../cache/lock.ts';
import { findEngine, type Found } from './find-engine.ts';
import { ensureKernelSettings } from './kernel-settings.ts';
import { pidOf } from './own-process.ts';
import { DEFAULT_SOCKET, enginePlaces } from './places.ts';
import { startEngine } from './start-engine.ts';

export interface Engine {
  /** The unix socket that it listens on. */
  readonly socketPath: string;
  /** True when it is one of ours, which `stopOwnEngine` would stop, whether started now or earlier. */
  readonly started: boolean;
  readonly version: string;
  /** The newest API version that it speaks, such as `1.41`. Never ask for a newer one. */
  readonly apiVersion: string;
}

const say = (line: string): void => void process.stderr.write(`  ${line}\n`);

/**
 * Finds a running engine, or installs and starts one. Throws, with what to do, when a configured engine does not answer
 * or when one would have to be started without root.
 */
export async function ensureEngine(): Promise<Engine> {
  const places = enginePlaces();
  const found = await findEngine();
  const engine = found === 'absent' ? await start() : await describe(found);
  await ensureKernelSettings(places.kernelSettings, say);
  return engine;
}

async function start(): Promise<Engine> {
  if (process.getuid?.() !== 0) {
    throw new Error(
      `No container engine answers on ${DEFAULT_SOCKET}, and starting one needs root. ` +
        'Start Docker (for instance: sudo systemctl start docker), or set DOCKER_HOST, or run this as root.',
    );
  }
  const places = enginePlaces();
  await mkdir(dirname(places.lockFile), { recursive: true });
  return withLock(places.lockFile, async () => {
    // Another process may have started it while we waited for the lock.
    const found = await findEngine();
    if (found !== 'absent') return describe(found);
    return { socketPath: DEFAULT_SOCKET, started: true, ...(await startEngine(places)) };
  });
}

async function describe(found: Exclude<Found, 'absent'>): Promise<Engine> {
  const isDefault = found.socketPath === DEFAULT_SOCKET;
  return { ...found, started: isDefault && (await pidOf(enginePlaces().pidFile, 'dockerd')) !== undefined };
}
