import { setTimeout as delay } from 'node:timers/promises';

import { step } from '../console/progress.ts';
import { restoreKernelSettings } from './kernel-settings.ts';
import { pidOf } from './own-process.ts';
import { enginePlaces } from './places.ts';

/** Containers get 10 s each to stop, all at once; the daemon needs a little more. */
const STOP_TIMEOUT_MS = 60_000;

/**
 * Stops the engine that ensureEngine started, and nobody else's, and sets kernel settings back. Its images stay in the
 * cache. Returns whether there was one to stop.
 */
export async function stopOwnEngine(): Promise<boolean> {
  const { pidFile, kernelSettings } = enginePlaces();
  const pid = await pidOf(pidFile, 'dockerd');
  if (pid !== undefined) {
    await step('Stop our container engine', async () => {
      process.kill(pid, 'SIGTERM');
      const deadline = performance.now() + STOP_TIMEOUT_MS;
      while ((await pidOf(pidFile, 'dockerd')) !== undefined) {
        if (performance.now() > deadline) {
          throw new Error(
            `dockerd (process ${String(pid)}) is still running a minute after SIGTERM. See: ps -fp ${String(pid)}`,
          );
        }
        await delay(100);
      }
    });
  }
  await restoreKernelSettings(kernelSettings, (line) => void process.stderr.write(`  ${line}\n`));
  return pid !== undefined;
}
