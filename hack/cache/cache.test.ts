import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cachedDir, cachedFile, cacheFolder, contentHash } from './cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qbo-cache-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const write =
  (text: string) =>
  (path: string): Promise<void> =>
    writeFile(path, text);

describe('the cache folder', () => {
  test('is QBO_CACHE, else under XDG_CACHE_HOME, else under the home folder', () => {
    expect(cacheFolder({ QBO_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/qbo');
    expect(cacheFolder({})).toMatch(/\/\.cache\/qbo$/);
  });
});

describe('content hashes', () => {
  test('depend on every part and on where one part ends', () => {
    expect(contentHash('ab', 'c')).not.toBe(contentHash('a', 'bc'));
    expect(contentHash({ a: 1 })).not.toBe(contentHash({ a: 2 }));
    expect(contentHash(Buffer.from('x'))).toBe(contentHash(Buffer.from('x')));
  });
});

describe('cached entries', () => {
  test('are built once for one hash', async () => {
    const path = await cachedFile('thing', 'h1', write('first'), { folder });
    const again = await cachedFile('thing', 'h1', write('second'), { folder });

    expect(again).toBe(path);
    expect(await readFile(path, 'utf8')).toBe('first');
  });

  test('are built anew for another hash', async () => {
    await cachedFile('thing', 'h1', write('first'), { folder });

    expect(await readFile(await cachedFile('thing', 'h2', write('second'), { folder }), 'utf8')).toBe('second');
  });

  test('are not there at all when their build fails, and can be built later', async () => {
    const failing = cachedDir(
      'thing',
      'h1',
      async (path) => {
        await writeFile(join(path, 'half'), '');
        throw new Error('no disk');
      },
      { folder },
    );
    await expect(failing).rejects.toThrow('no disk');

    const path = await cachedDir('thing', 'h1', (dir) => writeFile(join(dir, 'whole'), ''), { folder });

    expect(await readdir(path)).toEqual(['whole']);
  });

  test('that two want at once are built once', async () => {
    let builds = 0;
    const build = async (path: string): Promise<void> => {
      builds += 1;
      await writeFile(path, 'x');
    };

    await Promise.all([1, 2, 3].map(() => cachedFile('thing', 'h1', build, { folder })));

    expect(builds).toBe(1);
  });

  test('say when they were there', async () => {
    const hits: string[] = [];
    const onHit = (path: string): void => void hits.push(path);
    const path = await cachedFile('thing', 'h1', write('x'), { folder, onHit });
    expect(hits).toEqual([]);

    await cachedFile('thing', 'h1', write('x'), { folder, onHit });

    expect(hits).toEqual([path]);
  });

  test('of one name are pruned to the two that were used last', async () => {
    const first = await cachedFile('thing', 'h1', write('1'), { folder });
    const second = await cachedFile('thing', 'h2', write('2'), { folder });
    await utimes(second, 1000, 1000);
    await utimes(first, 500, 500);
    await cachedFile('thing', 'h1', write('unused'), { folder });

    await cachedFile('thing', 'h3', write('3'), { folder });

    expect((await readdir(join(folder, 'thing'))).sort()).toEqual(['h1', 'h3']);
  });

  test('are not blocked by the lock of a process that has ended', async () => {
    await cachedFile('thing', 'h0', write(''), { folder });
    await writeFile(join(folder, 'thing', '.lock'), JSON.stringify({ pid: process.pid, startedAt: 'another boot:1' }));

    expect(await readFile(await cachedFile('thing', 'h1', write('x'), { folder }), 'utf8')).toBe('x');
  });

  test('leave neither locks nor partial files behind', async () => {
    await cachedFile('thing', 'h1', write('x'), { folder });

    expect(await readdir(join(folder, 'thing'))).toEqual(['h1']);
  });
});
