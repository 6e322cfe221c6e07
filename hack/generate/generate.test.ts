import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { withRules } from '../../crds/rule.ts';
import { generatedFiles } from './generated-files.ts';
import { staleness } from './stale.ts';
import { structuralSchema } from './structural-schema.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'generate-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const commit = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

test('the committed files are what the code generates', () => {
  expect(staleness(join(import.meta.dirname, '..', '..'), generatedFiles())).toBe('');
});

test('a stale file is shown as a diff from what is committed to what is generated', () => {
  commit('crds/a.yaml', 'one\ntwo\n');
  const diff = staleness(root, [{ path: 'crds/a.yaml', text: 'one\n2\n' }]);
  expect(diff.split('\n')).toEqual(
    expect.arrayContaining(['--- crds/a.yaml', '+++ crds/a.yaml (generated)', '-two', '+2']),
  );
});

test('a missing file is stale', () => {
  expect(staleness(root, [{ path: 'crds/a.yaml', text: 'one\n' }])).toContain('crds/a.yaml (missing)');
});

test('a file that is as it should be is not stale', () => {
  commit('crds/a.yaml', 'one\n');
  expect(staleness(root, [{ path: 'crds/a.yaml', text: 'one\n' }])).toBe('');
});

test('a schema that no CRD may have is refused with its place', () => {
  const schema = z.object({ backend: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]) });
  expect(() => structuralSchema(schema)).toThrow('.backend has anyOf, which no CRD may have');
});

test('a rule on a field with a default stays with the field', () => {
  const field = withRules(z.string().max(9), { cel: "self != ''", holds: (self) => self !== '', message: 'not empty' });
  expect(structuralSchema(z.object({ name: field.default('x') }))).toEqual({
    type: 'object',
    properties: {
      name: {
        type: 'string',
        default: 'x',
        maxLength: 9,
        'x-kubernetes-validations': [{ rule: "self != ''", message: 'not empty' }],
      },
    },
  });
});
