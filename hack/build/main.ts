/** `node hack/build/main.ts`: writes the bundles of the operator and the command line, and says where and how large they are. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { buildCli, CLI_FILE } from './bundle-cli.ts';
import { bundleOperator } from './bundle.ts';

const operator = join(import.meta.dirname, '..', '..', 'build', 'operator', 'operator.mjs');
await mkdir(dirname(operator), { recursive: true });
await writeFile(operator, await bundleOperator());
await buildCli();
for (const file of [operator, CLI_FILE]) {
  const { size } = await stat(file);
  process.stdout.write(`${relative(process.cwd(), file)} (${(size / 1e6).toFixed(1)} MB)\n`);
}
