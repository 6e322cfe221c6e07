import { expect, test } from '@jest/globals';
import { parseCommand } from './command.ts';
import { COMMANDS } from './commands.ts';
import { commandName } from './lookup.ts';

test.each(COMMANDS.map((entry) => [commandName(entry), entry] as const))('%s is told unambiguously', (_, entry) => {
  const letters = entry.options.flatMap(({ letter }) => (letter === undefined ? [] : [letter]));
  expect(new Set(letters).size).toBe(letters.length);
  expect(letters.every((letter) => /^[A-Za-z]$/.test(letter))).toBe(true);
  // -h asks for help, -o is the command line's own.
  expect(letters).not.toEqual(expect.arrayContaining([expect.stringMatching(/^[ho]$/)]));
  expect(COMMANDS.filter(({ verb, object }) => verb === entry.verb && object === entry.object)).toHaveLength(1);
  const longs = entry.options.map(({ long }) => long);
  for (const option of entry.options) expect(longs).toEqual(expect.arrayContaining([...(option.excludes ?? [])]));
});

test.each(COMMANDS.flatMap((entry) => entry.examples.map(([line]) => [line, entry] as const)))(
  'the example %s is of its command',
  (line, entry) => {
    const { verb, object } = parseCommand(line);
    if (verb === 'help') expect(entry.verb).toBe('help');
    else expect({ verb, object }).toEqual({ verb: entry.verb, object: entry.object });
  },
);
