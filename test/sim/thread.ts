import { parentPort, workerData } from 'node:worker_threads';
import { asError } from '../../controllers/runtime/thrown.ts';
import type { ToldTrial } from './in-a-thread.ts';
import { keepsItsPromises } from './promise.ts';

/** The verdict on a trial: undefined, or what was wrong. */
const verdict = await keepsItsPromises(workerData as ToldTrial).then(
  () => undefined,
  (error: unknown) => asError(error).message,
);
parentPort?.postMessage(verdict);
