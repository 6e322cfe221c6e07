import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

import { completeEntries, tarOf, writeImageArchive, type ImageContents } from './archive.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qbo-archive-'));
  await writeFile(join(folder, 'program'), '#!/bin/sh\n', { mode: 0o755 });
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const contents = (): ImageContents => ({
  references: ['example.test/one:1', 'example.test/two:1'],
  entrypoint: ['/bin/program'],
  entries: [
    { path: '/bin/sh', linkTo: 'program' },
    { path: '/bin/program', from: join(folder, 'program') },
    { path: '/etc/motd', text: 'hello' },
  ],
});

/** Names and contents of an archive's members. */
async function read(archive: Buffer): Promise<Map<string, { bytes: Buffer; mode?: number; type?: string }>> {
  const members = new Map<string, { bytes: Buffer; mode?: number; type?: string }>();
  const parser = extract();
  parser.end(archive);
  for await (const entry of parser) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, mode, type } = entry.header;
    members.set(name, { bytes: Buffer.concat(chunks), ...(mode ? { mode } : {}), ...(type ? { type } : {}) });
  }
  return members;
}

describe('layers', () => {
  test('hold every folder above an entry once, in the order of paths', () => {
    const paths = completeEntries(contents().entries).map(({ path }) => path);

    expect(paths).toEqual(['bin', 'bin/program', 'bin/sh', 'etc', 'etc/motd']);
  });

  test('refuse two entries of one path', () => {
    const twice = [
      { path: '/a', text: '1' },
      { path: 'a/', text: '2' },
    ];

    expect(() => completeEntries(twice)).toThrow('Two entries of a layer have the path /a');
  });

  test('say which source is missing', async () => {
    const broken = tarOf([{ path: '/a', from: join(folder, 'nothing') }]);

    await expect(broken.toArray()).rejects.toThrow(/ENOENT.*nothing/);
  });
});

describe('image archives', () => {
  test('are the same bytes for the same inputs, whenever the files were written', async () => {
    await writeImageArchive(join(folder, 'a.tar'), contents());
    await utimes(join(folder, 'program'), 1, 1);
    await writeImageArchive(join(folder, 'b.tar'), contents());

    expect(await readFile(join(folder, 'b.tar'))).toEqual(await readFile(join(folder, 'a.tar')));
  });

  test('name their layer by the digest of its plain contents and their configuration by its own', async () => {
    const { diffId } = await writeImageArchive(join(folder, 'a.tar'), contents());
    const members = await read(await readFile(join(folder, 'a.tar')));
    const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

    const [manifest] = JSON.parse(String(members.get('manifest.json')?.bytes)) as [
      { Config: string; RepoTags: string[]; Layers: [string] },
    ];
    const layer = gunzipSync(members.get(manifest.Layers[0])?.bytes ?? Buffer.alloc(0));
    const config = members.get(manifest.Config)?.bytes ?? Buffer.alloc(0);

    expect(manifest.RepoTags).toEqual(['example.test/one:1', 'example.test/two:1']);
    expect(diffId).toBe(`sha256:${digest(layer)}`);
    expect(manifest.Config).toBe(`${digest(config)}.json`);
    expect(JSON.parse(String(config))).toMatchObject({
      config: { Entrypoint: ['/bin/program'] },
      rootfs: { diff_ids: [diffId] },
    });
  });

  test('carry programs as programs', async () => {
    await writeImageArchive(join(folder, 'a.tar'), contents());
    const members = await read(await readFile(join(folder, 'a.tar')));
    const layer = [...members].find(([name]) => name.endsWith('layer.tar'))?.[1].bytes ?? Buffer.alloc(0);

    expect((await read(gunzipSync(layer))).get('bin/program')).toEqual({
      bytes: Buffer.from('#!/bin/sh\n'),
      mode: 0o755,
      type: 'file',
    });
  });
});
