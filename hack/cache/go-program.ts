/** Programs that are built from Go modules of this repository, each cached by what it is built from. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { step } from '../console/progress.ts';
import { run, RunError } from '../console/run.ts';
import { cachedFile, contentHash } from './cache.ts';

/** Static, without paths of this machine, and without debugging tables, which are a third of the size. */
export const GO_BUILD_FLAGS = ['-trimpath', '-ldflags'] as const;
export const GO_STRIP = '-s -w';
export const GO_ENVIRONMENT = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };

/** A Go module of ours, and the linker flags that its program is built with. */
export interface GoProgram {
  /** Its shelf in the cache. */
  readonly name: string;
  /** What a person reads while it is built. */
  readonly title: string;
  /** With go.mod and go.sum. */
  readonly folder: string;
  readonly linkerFlags?: string;
}

/** Path of the program, which is built when nobody has built it from these sources before. */
export async function ensureGoProgram(program: GoProgram): Promise<string> {
  const { name, title, folder, linkerFlags = GO_STRIP } = program;
  const hash = await goProgramHash(program);
  return step(title, (report) =>
    cachedFile(
      name,
      hash,
      async (path) => {
        const argv = ['go', 'build', ...GO_BUILD_FLAGS, linkerFlags, '-o', path, '.'] as const;
        await runGo(argv, { cwd: folder, env: GO_ENVIRONMENT, onLine: report });
      },
      { onHit: () => report.cached() },
    ),
  );
}

/** Of everything that the program is built from. */
export async function goProgramHash({ folder, linkerFlags = GO_STRIP }: GoProgram): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const inputs = names.filter((name) => /\.(go|mod|sum)$/.test(name) && !name.endsWith('_test.go')).sort();
  const texts = await Promise.all(inputs.map((name) => readFile(join(folder, name))));
  return contentHash(linkerFlags, inputs, ...texts);
}

/** Debian's own Go is too old for a current Kubernetes, so it can not be installed on the way. */
export async function runGo(...[argv, options]: Parameters<typeof run>): Promise<void> {
  try {
    await run(argv, options);
  } catch (error) {
    const isMissing =
      error instanceof RunError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    if (!isMissing) throw error;
    throw new Error(
      'Go is missing, which builds the node image where no container registry answers, and programs that tests need. ' +
        'Install Go 1.25 or newer (https://go.dev/dl), or make a registry reachable, and run this again.',
      { cause: error },
    );
  }
}
