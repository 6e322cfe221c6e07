import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cachedFile, contentHash } from '../cache/cache.ts';
import { step } from '../console/progress.ts';
import { run, RunError } from '../console/run.ts';

/** Raise to fetch a newer one. */
const RECIPE = 1;
const PACKAGE = 'prometheus';

/** Path of Prometheus' own checker of rules, out of Debian's package, which is not installed: nothing is to run. */
export const ensurePromtool = (): Promise<string> =>
  step('Fetch promtool from Debian’s package', (report) =>
    cachedFile('promtool', contentHash(RECIPE, PACKAGE), fetch, { onHit: () => report.cached() }),
  );

async function fetch(path: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'qbo-promtool-'));
  try {
    await download(folder);
    const archive = (await readdir(folder)).find((name) => name.endsWith('.deb')) ?? '';
    await run(['dpkg-deb', '--extract', archive, 'content'], { cwd: folder });
    await copyFile(join(folder, 'content', 'usr', 'bin', 'promtool'), path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function download(folder: string): Promise<void> {
  try {
    await run(['apt-get', 'download', '-q', PACKAGE], { cwd: folder });
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    if (error.exitCode === undefined) throw new Error(NO_APT, { cause: error });
    // A machine that has no lists of packages yet, or whose lists name a version that is gone.
    await run(['apt-get', 'update', '-q']);
    await run(['apt-get', 'download', '-q', PACKAGE], { cwd: folder });
  }
}

const NO_APT =
  'promtool is taken from Debian’s package "prometheus", and this machine has no apt-get. Run these tests on Debian or Ubuntu.';
