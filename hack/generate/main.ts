/**
 * Writes the files that are made from code: `node hack/generate/main.ts`. With `--check` it writes nothing, and fails
 * with a diff when a committed file is not what would be written.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated-files.ts';
import { staleness } from './stale.ts';

const root = join(import.meta.dirname, '..', '..');
const files = generatedFiles();

if (process.argv.includes('--check')) {
  const diff = staleness(root, files);
  if (diff !== '') {
    process.stderr.write(`${diff}\nGenerated files are stale. Run \`make generate\` and commit what it writes.\n`);
    process.exitCode = 1;
  }
} else {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stdout.write(`${path}\n`);
  }
}
