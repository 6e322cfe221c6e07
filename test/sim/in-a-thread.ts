import { Worker } from 'node:worker_threads';
import type { Trial } from './promise.ts';

/** What a thread can be told: data, no code. */
export type ToldTrial = Pick<Trial, 'seed' | 'runs' | 'path' | 'deeds' | 'balancing'>;

/**
 * Tries the operator in a thread of its own. In jest's sandbox every use of a global, such as Promise or Map, is looked up
 * through a proxy: the same histories take almost twice as long there.
 */
export function inAThread(trial: ToldTrial): Promise<void> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: trial });
    let verdict: string | undefined = 'The thread ended without a verdict.';
    thread.once('message', (message: string | undefined) => (verdict = message));
    thread.once('error', reject);
    thread.once('exit', () => {
      if (verdict === undefined) resolve();
      else reject(new Error(verdict));
    });
  });
}
