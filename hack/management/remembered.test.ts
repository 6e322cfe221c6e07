import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { instanceOf } from './instance.ts';
import { rememberedKubeconfigs, rememberKubeconfig } from './remembered.ts';

const before = process.env['QBO_CACHE'];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qbo-remembered-'));
  process.env['QBO_CACHE'] = folder;
});
afterEach(async () => {
  if (before === undefined) delete process.env['QBO_CACHE'];
  else process.env['QBO_CACHE'] = before;
  await rm(folder, { recursive: true });
});

test('every kubeconfig that got our entries is known once, to its own installation only', async () => {
  const ours = instanceOf({});
  await rememberKubeconfig(ours, '/home/a/.kube/config');
  await rememberKubeconfig(ours, '/tmp/other');
  await rememberKubeconfig(ours, '/home/a/.kube/config');

  expect(await rememberedKubeconfigs(ours)).toEqual(['/home/a/.kube/config', '/tmp/other']);
  expect(await rememberedKubeconfigs(instanceOf({ QBO_INSTANCE: 'two' }))).toEqual([]);
});
