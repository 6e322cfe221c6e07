import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseLdd } from './libraries.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'qbo-root-'));
  await mkdir(join(root, 'usr/lib'), { recursive: true });
  await symlink('usr/lib', join(root, 'lib'));
  await writeFile(join(root, 'usr/lib/libc.so.6'), '');
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

test('libraries are read from what the loader prints, without those that the kernel gives', () => {
  const output = [
    '\tlinux-vdso.so.1 (0x00007ffd)',
    '\tlibxtables.so.12 => /lib/x86_64-linux-gnu/libxtables.so.12 (0x00007f)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f)',
    '\tlibgone.so => not found',
  ].join('\n');

  expect(parseLdd(output)).toEqual(['/lib/x86_64-linux-gnu/libxtables.so.12', '/lib64/ld-linux-x86-64.so.2']);
});

test('a static program needs no libraries', () => {
  expect(parseLdd('\tnot a dynamic executable\n')).toEqual([]);
});
