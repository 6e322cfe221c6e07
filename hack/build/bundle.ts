import { build, type Plugin } from 'esbuild';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** Packages in CommonJS call `require`, which an ES module does not have unless it makes one. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * What dockerode loads and we never use: engines behind ssh, and builds by BuildKit. Left out, they are 2 MB less, and
 * no native module is asked for.
 */
const UNUSED = /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader)$/;

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(builder) {
    builder.onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace: 'unused' }));
    builder.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Both roles, operator and bridge, and all their packages as one ES module; the same sources make the same bytes. Takes about a second. */
export async function bundleOperator(): Promise<Buffer> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'main.ts')],
    // Paths in the output are relative to it: two checkouts make the same bytes.
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: REQUIRE },
    plugins: [withoutUnused],
    legalComments: 'none',
    logLevel: 'silent',
    write: false,
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild made no bundle of main.ts');
  return Buffer.from(output.contents);
}
