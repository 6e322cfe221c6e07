/**
 * `node hack/node-image/main.ts` makes sure that a node image is there and prints its name.
 * `--build` builds ours even where the published one could be pulled.
 */
import { describeFailure } from '../console/progress.ts';
import { ensureEngine } from '../engine/ensure-engine.ts';
import { buildNodeImage, isBuilt } from './build.ts';
import { ensureNodeImage } from './ensure-node-image.ts';
import { BUILT_IMAGE } from './versions.ts';

try {
  const engine = await ensureEngine();
  if (process.argv.includes('--build')) {
    if (!(await isBuilt(engine))) await buildNodeImage(engine);
    process.stdout.write(`${BUILT_IMAGE}\n`);
  } else {
    const { image, source } = await ensureNodeImage(engine);
    process.stderr.write(`  Node image ${image} (${source})\n`);
    process.stdout.write(`${image}\n`);
  }
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
