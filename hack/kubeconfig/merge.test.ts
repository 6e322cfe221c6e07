import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

import { kubeconfigFiles, kubeconfigRefusal, mergeKubeconfig, removeFromKubeconfig } from './merge.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qbo-kubeconfig-'));
  file = join(folder, 'config');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const kubeconfig = (server = 'https://127.0.0.1:6443'): string => `
apiVersion: v1
kind: Config
clusters:
- {name: inner, cluster: {server: "${server}", certificate-authority-data: Q0E=}}
users:
- {name: admin, user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}}
contexts:
- {name: admin@inner, context: {cluster: inner, user: admin}}
current-context: admin@inner
`;

const foreign = `# my clusters
apiVersion: v1
clusters:
- cluster:
    server: https://work.example # the office
  name: work
contexts:
- context:
    cluster: work
    user: me
  name: work
current-context: work
kind: Config
preferences: {}
users:
- name: me
  user:
    token: abc
`;

const merge = (server?: string, instance = 'qbo'): Promise<boolean> =>
  mergeKubeconfig([file], { instance, kubeconfig: kubeconfig(server) });
const content = (): Promise<string> => readFile(file, 'utf8');
const parsed = async (): Promise<{
  'current-context': string;
  clusters: { name: string; cluster: { server: string } }[];
  contexts: { name: string; context: { cluster: string; user: string } }[];
  users: { name: string; user: Record<string, unknown> }[];
}> => parse(await content()) as never;

describe('the files in force', () => {
  test('are those of KUBECONFIG without repetition, else the one in the home folder', () => {
    expect(kubeconfigFiles({ KUBECONFIG: '/a::/b:/a', HOME: '/h' })).toEqual(['/a', '/b']);
    expect(kubeconfigFiles({ KUBECONFIG: '', HOME: '/h' })).toEqual(['/h/.kube/config']);
    expect(kubeconfigFiles({ HOME: '/h' })).toEqual(['/h/.kube/config']);
  });
});

describe('merging', () => {
  test('makes a file that only its owner reads, in a folder that was not there, with a current context', async () => {
    file = join(folder, 'new', '.kube', 'config');

    expect(await merge()).toBe(true);

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const config = await parsed();
    expect(config['current-context']).toBe('qbo');
    expect(config.clusters[0]).toMatchObject({
      name: 'qbo',
      cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': 'Q0E=' },
    });
    expect(config.contexts[0]).toMatchObject({ name: 'qbo', context: { cluster: 'qbo', user: 'qbo' } });
    expect(config.users[0]).toMatchObject({ name: 'qbo', user: { 'client-key-data': 'S0VZ' } });
  });

  test('keeps every line of what was there, comments too, and the current context', async () => {
    await writeFile(file, foreign);

    await merge();

    const text = await content();
    for (const line of foreign.trimEnd().split('\n')) expect(text.split('\n')).toContain(line);
    expect((await parsed())['current-context']).toBe('work');
    expect((await parsed()).clusters.map(({ name }) => name)).toEqual(['work', 'qbo']);
  });

  test('a second time changes nothing and does not touch the file', async () => {
    await writeFile(file, foreign);
    await merge();
    const before = await stat(file);

    expect(await merge()).toBe(false);

    expect((await stat(file)).ino).toBe(before.ino);
  });

  test('replaces what it put there before', async () => {
    await merge('https://127.0.0.1:1');

    expect(await merge('https://127.0.0.1:2')).toBe(true);

    expect((await parsed()).clusters.map(({ cluster }) => cluster.server)).toEqual(['https://127.0.0.1:2']);
    expect((await parsed()).users).toHaveLength(1);
  });

  test('keeps two instances apart', async () => {
    await merge('https://127.0.0.1:1', 'one');
    await merge('https://127.0.0.1:2', 'two');

    expect((await parsed()).contexts.map(({ name }) => name)).toEqual(['one', 'two']);
    expect((await parsed())['current-context']).toBe('one');
  });

  test('reads lists that kubectl left as null', async () => {
    await writeFile(
      file,
      'apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: ""\nkind: Config\nusers: null\n',
    );

    await merge();

    expect((await parsed()).clusters).toHaveLength(1);
    expect((await parsed())['current-context']).toBe('qbo');
  });

  test('reads a kubeconfig that is JSON', async () => {
    await writeFile(file, JSON.stringify(parse(foreign)));

    await merge();

    expect((await parsed()).users.map(({ name }) => name)).toEqual(['me', 'qbo']);
  });

  test('leaves the current context to a later file of the list that has one', async () => {
    const other = join(folder, 'other');
    await writeFile(other, foreign);

    await mergeKubeconfig([file, other], { instance: 'qbo', kubeconfig: kubeconfig() });

    expect((await parsed())['current-context']).toBeUndefined();
    expect(await readFile(other, 'utf8')).toBe(foreign);
  });

  test('writes through a symbolic link', async () => {
    const real = join(folder, 'real');
    await writeFile(real, foreign);
    await symlink(real, file);

    await merge();

    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(await readFile(real, 'utf8')).toContain('name: qbo');
  });

  test('makes a file that others could read private', async () => {
    await writeFile(file, foreign, { mode: 0o644 });

    await merge();

    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('by several at once loses none', async () => {
    const names = ['a', 'b', 'c', 'd'];

    await Promise.all(names.map((name) => merge(undefined, name)));

    expect((await parsed()).contexts.map(({ name }) => name).sort()).toEqual(names);
    expect(await readdir(folder)).toEqual(['config']);
  });
});

describe('what is not understood is left as it is', () => {
  test.each([
    ['broken YAML', 'clusters: [', /not valid YAML/],
    ['a list', '- a\n', /no mapping/],
    ['a cluster list that is a word', 'clusters: none\n', /`clusters` is no list/],
    ['two documents', 'a: 1\n---\nb: 2\n', /not valid YAML/],
  ])('%s', async (_, text, message) => {
    await writeFile(file, text);

    await expect(merge()).rejects.toThrow(message);

    expect(await content()).toBe(text);
    expect(await readdir(folder)).toEqual(['config']);
    expect(await kubeconfigRefusal([file], 'qbo')).toMatch(message);
  });

  test('an entry of our name that somebody else made', async () => {
    const theirs = foreign.replaceAll('name: work', 'name: qbo');
    await writeFile(file, theirs);

    await expect(merge()).rejects.toThrow(/entry "qbo" under clusters that was not made here.*QBO_INSTANCE/);

    expect(await content()).toBe(theirs);
    expect(await removeFromKubeconfig(file, 'qbo')).toBe(false);
    expect(await content()).toBe(theirs);
  });

  test('nothing is refused where there is no file or our own entry', async () => {
    expect(await kubeconfigRefusal([file], 'qbo')).toBeUndefined();
    await merge();
    expect(await kubeconfigRefusal([file], 'qbo')).toBeUndefined();
  });

  test('a kubeconfig to merge that has no current context', async () => {
    await expect(mergeKubeconfig([file], { instance: 'qbo', kubeconfig: 'kind: Config' })).rejects.toThrow(
      /no current context/,
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('removing', () => {
  test('gives back the file as it was', async () => {
    await writeFile(file, foreign);
    await merge();

    expect(await removeFromKubeconfig(file, 'qbo')).toBe(true);

    expect(await content()).toBe(foreign);
  });

  test('clears the current context only when it is ours', async () => {
    await merge('https://127.0.0.1:1', 'one');
    await merge('https://127.0.0.1:2', 'two');

    await removeFromKubeconfig(file, 'two');
    expect((await parsed())['current-context']).toBe('one');

    await removeFromKubeconfig(file, 'one');
    expect((await parsed())['current-context']).toBe('');
    expect((await parsed()).clusters).toEqual([]);
  });

  test('finds a context that was renamed', async () => {
    await merge();
    await writeFile(file, (await content()).replace(/name: qbo\n {2}context:/, 'name: mine\n  context:'));
    await writeFile(file, (await content()).replace('current-context: qbo', 'current-context: mine'));

    await removeFromKubeconfig(file, 'qbo');

    expect((await parsed()).contexts).toEqual([]);
    expect((await parsed())['current-context']).toBe('');
  });

  test('does nothing, and makes nothing, where there is no file', async () => {
    expect(await removeFromKubeconfig(join(folder, 'none', 'config'), 'qbo')).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the lock of kubectl', () => {
  test('that a minute ago somebody left behind is taken over', async () => {
    await writeFile(`${file}.lock`, '');
    const old = Date.now() / 1000 - 120;
    await utimes(`${file}.lock`, old, old);

    await merge();

    expect(await readdir(folder)).toEqual(['config']);
  });

  test('that is held is waited for, and said', async () => {
    await writeFile(`${file}.lock`, '');
    const said: string[] = [];
    const waiting = mergeKubeconfig(
      [file],
      { instance: 'qbo', kubeconfig: kubeconfig() },
      {
        onWait: (message) => {
          said.push(message);
          void rm(`${file}.lock`);
        },
      },
    );

    await waiting;

    expect(said).toEqual([expect.stringContaining(`${file}.lock`)]);
    expect((await parsed()).contexts).toHaveLength(1);
  });

  test('can be given up by an abort, and nothing is written', async () => {
    await writeFile(`${file}.lock`, '');
    const abort = new AbortController();

    const waiting = mergeKubeconfig(
      [file],
      { instance: 'qbo', kubeconfig: kubeconfig() },
      {
        signal: abort.signal,
        onWait: () => {
          abort.abort();
        },
      },
    );

    await expect(waiting).rejects.toThrow(/abort/i);
    expect(await readdir(folder)).toEqual(['config.lock']);
  });
});

test('a folder in the file’s place is an error that names it', async () => {
  await mkdir(file);

  await expect(merge()).rejects.toThrow(`${file} cannot be read`);
});
