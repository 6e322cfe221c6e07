import { describe, expect, test } from '@jest/globals';

import type { ObjectName } from '../../api/wire/objects.ts';
import { candidatesFor } from './candidates.ts';
import { completionScript } from './scripts.ts';

const NAMES: Partial<Record<ObjectName, string[]>> = {
  cluster: ['alex', 'dev'],
  node: ['control-f5047fd5.localhost', 'node-2b251a2c.localhost'],
  image: ['hub.docker.com/kindest/node:v1.27.2'],
};

const words = async (line: string): Promise<string[]> => {
  const found = await candidatesFor(line.split(' '), async (object) =>
    (NAMES[object] ?? []).map((word) => ({ word, text: '' })),
  );
  return found.map(({ word }) => word);
};

describe('where the cursor is, there may stand', () => {
  test('a verb', async () => {
    expect(await words('')).toEqual(expect.arrayContaining(['get', 'add', 'version', 'completion']));
    expect(await words('st')).toEqual(['start', 'stop']);
  });

  test('an object that the verb takes', async () => {
    expect(await words('stop ')).toEqual(['cluster', 'node']);
    expect(await words('get po')).toEqual(['pods']);
  });

  test('the name of one that is there, but none twice', async () => {
    expect(await words('stop node n')).toEqual(['node-2b251a2c.localhost']);
    expect(await words('get nodes ')).toEqual(['alex', 'dev']);
    expect(await words('delete cluster dev ')).toEqual(['alex']);
  });

  test('no name where a new one is to be found', async () => {
    expect(await words('add cluster ')).toEqual([]);
  });

  test('an option that was not given yet', async () => {
    const options = await words('add cluster dev -n 3 -');
    expect(options).toEqual(expect.arrayContaining(['-i', '--image', '-o', '--help', '--no-wait']));
    expect(options).not.toContain('-n');
  });

  test('the value of an option', async () => {
    expect(await words('add cluster dev -i ')).toEqual(['hub.docker.com/kindest/node:v1.27.2']);
    expect(await words('add cluster dev -n ')).toEqual([]);
    expect(await words('get nodes -o w')).toEqual(['wide']);
  });

  test('a topic of help, and a shell', async () => {
    expect(await words('help add ')).toEqual(['cluster', 'node', 'user', 'network']);
    expect(await words('completion ')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('nothing after what is no command', async () => {
    expect(await words('gte ')).toEqual([]);
  });
});

test.each(['bash', 'zsh', 'fish'])('the script of %s asks qbo, and says how to use it', (shell) => {
  const script = completionScript(shell, []);
  expect(script).toContain('__complete');
  expect(script).toContain(`qbo completion ${shell}`);
  expect(script).not.toContain('@{');
});

test('another shell is refused with those that there are', () => {
  expect(() => completionScript('bsh', [])).toThrow(
    /no completion for "bsh": qbo completion bash. There are bash, zsh, fish/,
  );
});
