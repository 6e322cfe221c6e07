import { expect, test } from '@jest/globals';
import { newestUsable } from './api-version.ts';

test.each([
  ['the version that we are written for, with an engine of that time', '1.41', '1.12', '1.41'],
  ['no newer one with a newer engine', '1.48', '1.24', '1.41'],
  ['the oldest one of an engine that has left ours behind', '1.52', '1.44', '1.44'],
  ['ours, when the engine does not tell its oldest', '1.48', undefined, '1.41'],
  ['none with an engine that is too old', '1.40', '1.12', undefined],
  ['ours with an engine of a later major version that still has it', '2.0', '1.41', '1.41'],
])('speaks %s', (_, newest, oldest, spoken) => {
  expect(newestUsable(newest, oldest)).toBe(spoken);
});
