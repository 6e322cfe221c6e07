/** `node hack/operator-image/main.ts`: builds the operator's image, unless it is there, and prints its reference. */
import { describeFailure } from '../console/progress.ts';
import { ensureEngine } from '../engine/ensure-engine.ts';
import { ensureOperatorImage } from './ensure-operator-image.ts';

try {
  process.stdout.write(`${await ensureOperatorImage(await ensureEngine())}\n`);
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
