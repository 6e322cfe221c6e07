import { expect, test } from '@jest/globals';
import { failure } from './scripted-server.ts';
import * as is from './server-failure.ts';

const KINDS = [
  'isConflict',
  'isAlreadyExists',
  'isNotFound',
  'isTooManyRequests',
  'isExpired',
  'isFromTheFuture',
] as const;

test.each<[string, unknown, (typeof KINDS)[number][]]>([
  ['409 Conflict', failure(409, 'Conflict'), ['isConflict']],
  ['409 AlreadyExists', failure(409, 'AlreadyExists'), ['isAlreadyExists']],
  ['404', failure(404, 'NotFound'), ['isNotFound']],
  ['429', failure(429, 'TooManyRequests'), ['isTooManyRequests']],
  ['410 Gone', failure(410, 'Gone'), ['isExpired']],
  ['410 Expired', failure(410, 'Expired'), ['isExpired']],
  [
    'a version from the future',
    failure(504, 'Timeout', { message: 'Too large resource version: 9, current: 2' }),
    ['isFromTheFuture'],
  ],
  ['another time-out', failure(504, 'Timeout', { message: 'the server is slow' }), []],
  ['a lost connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), []],
  ['a string', '410', []],
  ['nothing', undefined, []],
])('%s is recognised by its shape', (_name, error, expected) => {
  expect(KINDS.filter((kind) => is[kind](error))).toEqual(expected);
});

test('how long to wait is what the server says, and nothing when it says nothing sensible', () => {
  expect(is.retryAfterMs(failure(429, 'TooManyRequests', { retryAfterSeconds: 3 }))).toBe(3000);
  expect(is.retryAfterMs(failure(429, 'TooManyRequests', { retryAfterSeconds: -3 }))).toBe(0);
  expect(is.retryAfterMs(failure(429, 'TooManyRequests'))).toBe(0);
  expect(is.retryAfterMs(new Error('read ECONNRESET'))).toBe(0);
});
