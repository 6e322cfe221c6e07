import { describe, expect, test } from '@jest/globals';

import { documentProblems } from './documents.ts';
import { importProblems } from './imports.ts';
import { reasonProblems } from './reasons.ts';
import { sourceProblems } from './sources.ts';
import { treeOf } from './tree.ts';

describe('documents', () => {
  test('may name only commands that the Makefile has', async () => {
    const tree = treeOf({
      Makefile: 'up: modules ## start\n\nimage build: modules\n',
      'README.md': 'Type `make up`.\n\n```sh\n$ make image\nmake fly\n```\nWe make do.\n',
    });

    expect(await documentProblems(tree)).toEqual(['README.md names `make fly`, which the Makefile does not have.']);
  });

  test('may link only to what exists, seen from where they are', async () => {
    const tree = treeOf({
      'docs/adr/0001-a.md':
        '[up](../../README.md#top) [folder](../) [gone](./b.md) [web](https://a.example/x) [here](#a)',
      'README.md': '```\n[code](nowhere.md)\n```\n[adr](docs/adr)',
    });

    expect(await documentProblems(tree)).toEqual(['docs/adr/0001-a.md links to ./b.md, which does not exist.']);
  });

  test('describe the architecture in at most 200 lines', async () => {
    const lines = (count: number): string => 'line\n'.repeat(count);

    expect(await documentProblems(treeOf({ 'ARCHITECTURE.md': lines(200) }))).toEqual([]);
    expect(await documentProblems(treeOf({ 'ARCHITECTURE.md': lines(201) }))).toHaveLength(1);
  });
});

describe('source files', () => {
  test('have at most 400 lines of code, not counting comments and blank lines', async () => {
    const long = 'const a = 1;\n'.repeat(400);

    expect(await sourceProblems(treeOf({ 'a.ts': `${long}\n\n// why\n/** doc\n * more\n */\n` }))).toEqual([]);
    expect(await sourceProblems(treeOf({ 'a.ts': `${long}b();\n` }))).toEqual([
      'a.ts has 401 lines of code, more than 400: split it.',
    ]);
  });

  test.each(['skip', 'only', 'todo', 'failing'])('leave no test.%s', async (how) => {
    const tree = treeOf({ 'a.test.ts': `\ntest.${how}('x', () => {});`, 'b.ts': `test.${how}();` });

    expect(await sourceProblems(tree)).toEqual([expect.stringMatching(/^a\.test\.ts:2 does not run every test/)]);
  });

  test('do not say of themselves that they are not done', async () => {
    expect(await sourceProblems(treeOf({ 'a.ts': ['// TO', 'DO: more'].join('') }))).toHaveLength(1);
  });
});

describe('imports', () => {
  const problems = (path: string, text: string): Promise<readonly string[]> => importProblems(treeOf({ [path]: text }));

  test.each([
    ['controllers/node/a.ts', "import { b } from '../../api/b.ts';"],
    ['controllers/node/a.ts', "import {\n  b,\n  c,\n} from '../../hack/b.ts';"],
    ['controllers/node/a.ts', "import Docker from 'dockerode';"],
    ['controllers/cluster/a.ts', "export { KubeConfig } from '@kubernetes/client-node';"],
    ['controllers/runtime/a.ts', "import type { Node } from '../../crds/node.ts';"],
    ['controllers/runtime/a.ts', "import '../kube/client.ts';"],
    ['crds/a.ts', "import { b } from '../controllers/b.ts';"],
    ['api/a.ts', "import { b } from '../controllers/b.ts';"],
    ['api/rows/a.ts', "import { b } from '../../controllers/node/b.ts';"],
    ['api/wire/a.ts', "import { b } from '../caller.ts';"],
    ['api/wire/a.ts', "import { readFile } from 'node:fs';"],
    ['cli/a.ts', "import { b } from '../api/server.ts';"],
    ['cli/a.ts', "import { b } from '../controllers/runtime/clock.ts';"],
  ])('of %s may not be %s', async (path, text) => {
    expect(await problems(path, text)).toHaveLength(1);
  });

  test.each([
    ['controllers/runtime/a.ts', "import { b } from './b.ts';\nimport pino from 'pino';\nimport { c } from 'node:fs';"],
    ['controllers/backends/docker/a.ts', "import Docker from 'dockerode';"],
    ['controllers/kube/a.ts', "import { KubeConfig } from '@kubernetes/client-node';"],
    ['controllers/node/a.ts', "import { Node } from '../../crds/node.ts';"],
    ['api/views/a.ts', "import { b } from '../../controllers/runtime/store.ts';"],
    ['api/views/a.ts', "import { b } from '../../controllers/kube/client.ts';"],
    ['api/wire/a.ts', "import { z } from 'zod';\nimport { b } from './b.ts';"],
    ['cli/a.ts', "import { b } from '../api/wire/command.ts';"],
    ['hack/up/a.ts', "import { operator } from '../../controllers/operator.ts';"],
    ['controllers/node/a.test.ts', "import { b } from '../../hack/b.ts';"],
  ])('of %s may be %s', async (path, text) => {
    expect(await problems(path, text)).toEqual([]);
  });
});

test('reasons that people read are in a catalogue; those of protocols need not be', async () => {
  const tree = treeOf({
    'controllers/node/phases/a.ts':
      "waitFor('Joining', 'x');\nfail(\n  'Invented',\n  'y');\nrecord({ reason: 'MadeUp' });\n",
    'controllers/node/phases/a.test.ts': "waitFor('Whatever', 'x')",
    'controllers/kube/error.ts': "{ reason: 'Forbidden' }",
  });

  expect(await reasonProblems(tree)).toEqual([
    expect.stringContaining('controllers/node/phases/a.ts reports Invented'),
    expect.stringContaining('controllers/node/phases/a.ts reports MadeUp'),
  ]);
});
