import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cachedFile, contentHash } from '../cache/cache.ts';
import { step } from '../console/progress.ts';
import { run } from '../console/run.ts';

const SOURCE = join(import.meta.dirname, 'runtime-wrapper');

/** The path of the program that stands in for runc on machines that withhold capabilities; built once with Go. */
export async function ensureRuntimeWrapper(): Promise<string> {
  const names = (await readdir(SOURCE)).filter((name) => !name.endsWith('_test.go')).sort();
  const hash = contentHash(names, ...(await Promise.all(names.map((name) => readFile(join(SOURCE, name))))));
  return cachedFile('engine-runtime', hash, (path) =>
    step('Build the runtime wrapper for a machine without all capabilities', async (report) => {
      await run(['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', path, '.'], {
        cwd: SOURCE,
        env: { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
        onLine: report,
      });
      await chmod(path, 0o755);
    }),
  );
}
