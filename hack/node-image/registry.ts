import { request } from 'node:http';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder } from '../cache/cache.ts';
import { step } from '../console/progress.ts';
import type { Engine } from '../engine/ensure-engine.ts';
import { docker } from './docker.ts';

const ASK_TIMEOUT_MS = 5000;
/** A machine without a registry stays so for a while, and finding that out costs seconds. */
const REMEMBER_MS = 6 * 60 * 60 * 1000;

const memory = (): string => join(cacheFolder(), 'no-registry');

/** Pulls an image if its registry answers. False when it does not, or did not within the last hours. */
export async function pullIfReachable(engine: Engine, image: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (env['QBO_REGISTRY_RETRY'] !== '1' && (await refusedLately())) return false;
  const isThere = await step(`Look for ${image} in its registry`, async (report) => {
    const answer = await askRegistry(engine, image);
    report.cached(answer === 'ok' ? 'it is there' : answer);
    return answer === 'ok';
  });
  if (!isThere) {
    await mkdir(cacheFolder(), { recursive: true });
    await writeFile(memory(), '');
    return false;
  }
  await rm(memory(), { force: true });
  await step(`Pull ${image}`, (report) => docker(engine, ['pull', image], { onLine: report }));
  return true;
}

async function refusedLately(): Promise<boolean> {
  try {
    return Date.now() - (await stat(memory())).mtimeMs < REMEMBER_MS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The engine asks, because its mirrors and proxies are what a pull would use. */
function askRegistry(engine: Engine, image: string): Promise<string> {
  return new Promise((resolve) => {
    const path = `/distribution/${encodeURI(image)}/json`;
    const ask = request({ socketPath: engine.socketPath, path, timeout: ASK_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? 'ok' : `not to be had (${String(response.statusCode)})`);
    });
    ask.on('timeout', () => ask.destroy(new Error('no answer in 5 s')));
    ask.on('error', (error) => {
      resolve(error.message);
    });
    ask.end();
  });
}
