import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { jsonErrorOf, lineOfKey } from './json-error.ts';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('where a text stops being JSON', () => {
  test.each([
    ['{\n  "a": 1,\n}', 3, 1, 'has "}" where a name in double quotes should be'],
    ['{\n  "a" 1}', 2, 7, 'has "1" where ":" should be'],
    ['{"a": 1\n"b": 2}', 2, 1, 'has "\\"" where "," or "}" should be'],
    ["{'a': 1}", 1, 2, 'has "\'" where a name in double quotes should be'],
    ['{"a": "b', 1, 7, 'has a string that does not end, or with characters that JSON does not allow'],
    ['{"a": ', 1, 7, 'ends where a value should be'],
    ['', 1, 1, 'ends where a value should be'],
    ['{} x', 1, 4, 'has "x" where nothing more should be'],
  ])('of %j is told', (text, line, column, why) => {
    expect(jsonErrorOf(text)).toEqual({ line, column, why });
  });

  test('is nowhere in any JSON', () => {
    fc.assert(fc.property(fc.json(), (text) => jsonErrorOf(text) === undefined));
  });

  test('is somewhere exactly when the engine does not take it, whatever was done to the text', () => {
    const mangled = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', ' ', '\\', '-', '0', 'e'))
      .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1));
    fc.assert(
      fc.property(mangled, (text) => (jsonErrorOf(text) === undefined) === isJson(text)),
      { numRuns: 1000 },
    );
  });

  test('is told of a text that is nested too deep, and the stack holds', () => {
    expect(jsonErrorOf('['.repeat(100_000))?.why).toContain('nested deeper');
  });
});

test('the line of a key is that in which it is set', () => {
  expect(lineOfKey('{\n "a": 1,\n "qbo_port": 2}', 'qbo_port')).toBe(3);
  expect(lineOfKey('{}', 'qbo_port')).toBeUndefined();
});
