import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CommandError } from './command-error.ts';
import { checkWords, MAX_LINE, quote, splitWords } from './words.ts';

test.each<[string, string[]]>([
  ['get nodes', ['get', 'nodes']],
  ['  get \t nodes  ', ['get', 'nodes']],
  [`get 'a b' "c d"`, ['get', 'a b', 'c d']],
  [`a"b c"d`, ['ab cd']],
  [`''`, ['']],
  [`"a\\"b"`, ['a"b']],
  [`"a\\b"`, ['a\\b']],
  [`'a\\b'`, ['a\\b']],
  [`a\\ b`, ['a b']],
  ['', []],
])('%j is split as a shell would', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test.each(["get 'dev", 'get "dev', 'get dev\\', 'x'.repeat(MAX_LINE + 1)])('%j is refused', (line) => {
  expect(() => splitWords(line)).toThrow(CommandError);
});

test.each(['\n', '\u0007', '\u001b[31m', '\u0000', '\u200b', '\u202e', '\u2028', '\ud800'])(
  'a word with %j is refused',
  (text) => {
    expect(() => checkWords(['get', `a${text}b`])).toThrow(/control character/);
  },
);

test('words survive being quoted and split again', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 20 }), { maxLength: 10 }), (words) => {
      const kept = words.map((word) => word.replaceAll('\t', ' '));
      expect(splitWords(kept.map(quote).join(' '))).toEqual(kept);
    }),
  );
});
