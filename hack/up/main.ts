/**
 * `make up`: from whatever is there to a management cluster with the operator in it and a first cluster, `dev`. Every
 * step looks first and does only what is missing, so it can be interrupted and run again at any point.
 */
import { formatDuration } from '../console/progress.ts';
import { instanceOf } from '../management/instance.ts';
import { withInstanceLock } from '../management/instance-lock.ts';
import { untilInterrupted } from '../management/interrupt.ts';
import { farewell } from './farewell.ts';
import { up } from './up.ts';

const startedAt = performance.now();

await untilInterrupted('make up', async (signal) => {
  const instance = instanceOf(process.env);
  await withInstanceLock(instance, () => up(instance, process.env, signal), signal);
  process.stdout.write(farewell(instance, formatDuration(performance.now() - startedAt), process.env));
});
