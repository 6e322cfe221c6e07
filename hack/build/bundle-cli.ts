import { build } from 'esbuild';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** What is run, and the name in a folder for PATH that leads to it: a file without `.mjs` would not be taken for a module. */
export const CLI_FILE = join(ROOT, 'build', 'cli', 'qbo.mjs');
export const CLI_LINK = join(ROOT, 'build', 'bin', 'qbo');

/** Packages in CommonJS call `require`, which an ES module does not have unless it makes one. */
const BANNER = `#!/usr/bin/env node
import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/** The command line and all its packages as one executable file, for Node.js 20 and newer. */
export async function bundleCli(): Promise<Buffer> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'cli', 'main.ts')],
    // Paths in the output are relative to it: two checkouts make the same bytes.
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: BANNER },
    define: { QBO_VERSION: JSON.stringify(version) },
    // Addons that ws would use if they were there, to be somewhat faster with what we do not send: masked, compressed.
    external: ['bufferutil', 'utf-8-validate'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'silent',
    write: false,
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild made no bundle of cli/main.ts');
  return Buffer.from(output.contents);
}

/** Writes the bundle, unless it is there as it is to be. Returns whether it wrote. */
export async function buildCli(): Promise<boolean> {
  const bundle = await bundleCli();
  await mkdir(dirname(CLI_LINK), { recursive: true });
  await rm(CLI_LINK, { force: true });
  await symlink(relative(dirname(CLI_LINK), CLI_FILE), CLI_LINK);
  const before = await readFile(CLI_FILE).catch(() => undefined);
  if (before?.equals(bundle)) return false;
  await mkdir(dirname(CLI_FILE), { recursive: true });
  // Beside it and moved: somebody may be starting it.
  await writeFile(`${CLI_FILE}.new`, bundle, { mode: 0o755 });
  await rename(`${CLI_FILE}.new`, CLI_FILE);
  return true;
}
