import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { LayerEntry } from './archive.ts';
import { follow, parseLdd } from './libraries.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'qbo-root-'));
  await mkdir(join(root, 'usr/lib'), { recursive: true });
  await mkdir(join(root, 'usr/sbin'), { recursive: true });
  await mkdir(join(root, 'etc/alternatives'), { recursive: true });
  await symlink('usr/lib', join(root, 'lib'));
  await writeFile(join(root, 'usr/lib/libc.so.6'), '');
  await writeFile(join(root, 'usr/sbin/xtables-nft-multi'), '');
  await symlink('xtables-nft-multi', join(root, 'usr/sbin/iptables-nft'));
  await symlink('/usr/sbin/iptables-nft', join(root, 'etc/alternatives/iptables'));
  await symlink('/etc/alternatives/iptables', join(root, 'usr/sbin/iptables'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function entriesFor(path: string): Promise<readonly LayerEntry[]> {
  const entries = new Map<string, LayerEntry>();
  await follow(root, path, entries);
  return [...entries.values()];
}

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

test('a chain of links is kept as links within the root, with one copy of the file at its end', async () => {
  expect(await entriesFor('/usr/sbin/iptables')).toEqual([
    { path: '/usr/sbin/iptables', linkTo: '/etc/alternatives/iptables' },
    { path: '/etc/alternatives/iptables', linkTo: '/usr/sbin/iptables-nft' },
    { path: '/usr/sbin/iptables-nft', linkTo: '/usr/sbin/xtables-nft-multi' },
    { path: '/usr/sbin/xtables-nft-multi', from: join(root, 'usr/sbin/xtables-nft-multi') },
  ]);
});

test('a library stays under the name that the loader looks for when its folder is a link', async () => {
  expect(await entriesFor('/lib/libc.so.6')).toEqual([
    { path: '/lib/libc.so.6', from: join(root, 'usr/lib/libc.so.6') },
  ]);
});
