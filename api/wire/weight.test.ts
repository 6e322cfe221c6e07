import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const VALUE_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gms;

/** Everything that a file of this folder brings along at run time. */
function brought(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!file.startsWith('./')) return seen;
  for (const [, target = ''] of readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(VALUE_IMPORT)) {
    brought(target, seen);
  }
  return seen;
}

test.each(['./command.ts', './help.ts', './encode.ts', './codes.ts', './status.ts'])(
  '%s brings no package along, so that a command line starts at once',
  (file) => {
    expect([...brought(file)].filter((target) => !target.startsWith('./'))).toEqual([]);
  },
);

test('what checks messages does bring one', () => {
  expect(brought('./message.ts')).toContain('zod');
});
