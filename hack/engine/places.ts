import { join } from 'node:path';

import { cacheFolder } from '../cache/cache.ts';

/** Where plain `docker` and `kind` look. */
export const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Where our own engine keeps its things. Images survive in the cache; the run folder is as short-lived as a boot. */
export interface EnginePlaces {
  readonly dataRoot: string;
  readonly logFile: string;
  readonly lockFile: string;
  readonly runFolder: string;
  readonly execRoot: string;
  readonly pidFile: string;
  /** Kernel settings as they were before we raised them. */
  readonly kernelSettings: string;
}

export function enginePlaces(cache = cacheFolder(), runFolder = '/run/qbo'): EnginePlaces {
  return {
    dataRoot: join(cache, 'engine', 'data'),
    logFile: join(cache, 'engine', 'dockerd.log'),
    lockFile: join(cache, 'engine', 'lock'),
    runFolder,
    execRoot: join(runFolder, 'engine'),
    pidFile: join(runFolder, 'dockerd.pid'),
    kernelSettings: join(runFolder, 'kernel-settings.json'),
  };
}
