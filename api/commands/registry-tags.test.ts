import { expect, test } from '@jest/globals';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { registryTags, type Fetch } from './registry-tags.ts';

const { signal } = new AbortController();

type Answer = { status?: number; body?: unknown; challenge?: string } | 'silence' | Error;

function begin(answers: (url: string, authorization: string | undefined) => Answer) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const fetch: Fetch = (url, { headers }) => {
    asked.push(url);
    const answer = answers(url, headers['authorization']);
    if (answer instanceof Error) return Promise.reject(answer);
    if (answer === 'silence') return new Promise(() => undefined);
    const { status = 200, body = {}, challenge } = answer;
    return Promise.resolve({
      status,
      headers: { get: (name) => (name === 'www-authenticate' ? (challenge ?? null) : null) },
      json: () => Promise.resolve(body),
    });
  };
  const tags = registryTags({
    fetch,
    clock,
    url: 'https://registry.example.com',
    name: '',
    repository: 'kindest/node',
  });
  return { clock, asked, tags };
}

const CHALLENGE =
  'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:kindest/node:pull"';

test('tags come with the token that anybody is given', async () => {
  const { asked, tags } = begin((url, authorization) => {
    if (url.startsWith('https://auth')) return { body: { token: 'abc' } };
    if (authorization !== 'Bearer abc') return { status: 401, challenge: CHALLENGE };
    return { body: { tags: ['v1.35.4', 'not a tag', 7, 'v1.34.0'] } };
  });
  expect(await tags(signal)).toEqual({ references: ['kindest/node:v1.35.4', 'kindest/node:v1.34.0'] });
  expect(asked).toEqual([
    'https://registry.example.com/v2/kindest/node/tags/list',
    'https://auth.example.com/token?service=registry&scope=repository%3Akindest%2Fnode%3Apull',
    'https://registry.example.com/v2/kindest/node/tags/list',
  ]);
});

test('what was heard is not asked again for some minutes', async () => {
  const { clock, asked, tags } = begin(() => ({ body: { tags: ['v1'] } }));
  await tags(signal);
  await clock.advance(200_000);
  await tags(signal);
  expect(asked).toHaveLength(1);
  await clock.advance(200_000);
  await tags(signal);
  expect(asked).toHaveLength(2);
});

test('a registry that is silent is given up after 2 s, and said so', async () => {
  const { clock, asked, tags } = begin(() => 'silence');
  const asking = tags(signal);
  await clock.advance(2_000);
  expect(await asking).toEqual({ references: [], error: expect.stringContaining('no answer within 2 s') });
  expect((await tags(signal)).references).toEqual([]);
  expect(asked).toHaveLength(1);
});

test.each([
  [new Error('getaddrinfo ENOTFOUND'), 'getaddrinfo ENOTFOUND'],
  [{ status: 500 }, 'it answers 500'],
  [{ status: 401 }, 'it asks for credentials'],
  [{ status: 401, challenge: CHALLENGE }, 'it gives no token to anybody'],
])('a registry that fails (%#) is no failure of the command', async (answer, why) => {
  const { tags } = begin((url) => (url.startsWith('https://auth') ? { body: {} } : answer));
  expect(await tags(signal)).toEqual({ references: [], error: expect.stringContaining(why) });
});

test('nobody waits for it who has gone', async () => {
  const { tags } = begin(() => 'silence');
  const stop = new AbortController();
  const asking = tags(stop.signal);
  stop.abort(new Error('The socket has closed'));
  await expect(asking).rejects.toThrow('The socket has closed');
});
