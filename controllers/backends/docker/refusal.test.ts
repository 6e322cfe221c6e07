import { expect, test } from '@jest/globals';
import { EngineUnavailable, OutOfSpace } from '../../../crds/errors.ts';
import { Refused, refusedInStream, translate } from './refusal.ts';

const context = { what: 'container node-1', endpoint: 'unix:///run/docker.sock' };

const answered = (statusCode: number, words: string): Error =>
  Object.assign(new Error(`(HTTP code ${String(statusCode)}) server error - ${words} `), { statusCode });

test.each(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'EACCES'])(
  'a socket that answers %s is an engine that is away',
  (code) => {
    const translated = translate(Object.assign(new Error(`connect ${code} /run/docker.sock`), { code }), context);
    expect(translated).toBeInstanceOf(EngineUnavailable);
    expect((translated as Error).message).toContain('unix:///run/docker.sock');
  },
);

test.each([
  [503, 'service unavailable'],
  [500, 'connection error: desc = "transport: error while dialing dial unix:///run/containerd.sock: timeout"'],
  [500, 'ttrpc: closed: unknown'],
])('an engine that goes down (%i, %s) is away', (status, words) => {
  expect(translate(answered(status, words), context)).toBeInstanceOf(EngineUnavailable);
});

test("a full disk is told in the engine's words", () => {
  const translated = translate(answered(500, 'write /var/lib/docker/x: no space left on device'), context);
  expect(translated).toBeInstanceOf(OutOfSpace);
  expect((translated as Error).message).toContain('container node-1: write /var/lib/docker/x: no space left on device');
  expect(refusedInStream('image x', 'failed to register layer: no space left on device')).toBeInstanceOf(OutOfSpace);
});

test("any other answer is a refusal with its status and the engine's words alone", () => {
  const translated = translate(answered(409, 'Conflict. The container name "/a - b" is in use'), context);
  expect(translated).toBeInstanceOf(Refused);
  expect(translated).toMatchObject({ status: 409, answer: 'Conflict. The container name "/a - b" is in use' });
  expect(Refused.is(translated, 409, /in use/)).toBe(true);
  expect(Refused.is(translated, 404)).toBe(false);
  expect(Refused.is(translated, 409, /paused/)).toBe(false);
});

test('errors that mean something already, or are no answer, pass through', () => {
  const known = new OutOfSpace({ what: 'x', answer: 'y' });
  const bug = new TypeError('x is not a function');
  expect(translate(known, context)).toBe(known);
  expect(translate(bug, context)).toBe(bug);
  expect(translate('text', context)).toBe('text');
});
