import { expect, test } from '@jest/globals';

import { missingCapabilities } from './capabilities.ts';

const status = (bounding: string): string =>
  `Name:\tnode\nCapEff:\t0000000000000000\nCapBnd:\t${bounding}\nCapAmb:\t0\n`;

test('a full bounding set misses nothing', () => {
  expect(missingCapabilities(status('000001ffffffffff'))).toEqual([]);
});

test('a missing CAP_SYS_RESOURCE is number 24', () => {
  expect(missingCapabilities(status('000001fffeffffff'))).toEqual([24]);
});

test('an older kernel, which ends at 37, misses nothing', () => {
  expect(missingCapabilities(status('0000003fffffffff'))).toEqual([]);
});

test('a status without the line is refused, not taken for an empty set', () => {
  expect(() => missingCapabilities('Name:\tnode\n')).toThrow(/CapBnd/);
});
