import { build, type Plugin } from 'esbuild';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** The program, for any Node.js from 20 on. */
export const CLI_FILE = join(ROOT, 'build', 'cli', 'qbo.mjs');
/** What starts it, in a folder for PATH. */
export const CLI_LINK = join(ROOT, 'build', 'bin', 'qbo');
const COMPILED = join(ROOT, 'build', 'cli', 'compiled');
const NODE = join(ROOT, 'node_modules', '.bin', 'node');

/** Node.js 24 of this checkout starts in half the time of older ones, and again faster with what it has compiled before. */
const STARTER = `#!/bin/sh
export NODE_COMPILE_CACHE='${COMPILED}'
[ -x '${NODE}' ] && exec '${NODE}' '${CLI_FILE}' "$@"
exec node '${CLI_FILE}' "$@"
`;

/** ws wants them for wss alone, and with them it starts 18 ms later. */
const ON_FIRST_USE = /^(https|tls)$/;

const onFirstUse: Plugin = {
  name: 'on-first-use',
  setup(builder) {
    builder.onResolve({ filter: ON_FIRST_USE }, ({ path }) => ({ path, namespace: 'on-first-use' }));
    builder.onLoad({ filter: /.*/, namespace: 'on-first-use' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require('node:${path}')[name] });`,
    }));
  },
};

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
    plugins: [onFirstUse],
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

/** Writes the bundle and what starts it, unless they are there as they are to be. Returns whether it wrote. */
export async function buildCli(): Promise<boolean> {
  const files = [await put(CLI_FILE, await bundleCli()), await put(CLI_LINK, Buffer.from(STARTER))];
  return files.includes(true);
}

async function put(file: string, content: Buffer): Promise<boolean> {
  const before = await readFile(file).catch(() => undefined);
  if (before?.equals(content)) return false;
  await mkdir(dirname(file), { recursive: true });
  // Beside it and moved: somebody may be starting it.
  await writeFile(`${file}.new`, content, { mode: 0o755 });
  await rename(`${file}.new`, file);
  return true;
}
