/** `node hack/build/main.ts`: writes the operator's bundle, and says where and how large it is. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { bundleOperator } from './bundle.ts';

const file = join(import.meta.dirname, '..', '..', 'build', 'operator', 'operator.mjs');
const bundle = await bundleOperator();
await mkdir(dirname(file), { recursive: true });
await writeFile(file, bundle);
process.stdout.write(`${relative(process.cwd(), file)} (${(bundle.length / 1e6).toFixed(1)} MB)\n`);
