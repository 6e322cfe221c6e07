import { beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from '../runtime/clock.ts';
import type { Gatekeeper } from '../runtime/health.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { KubeClient } from './client.ts';
import { KubeUnreachable } from './error.ts';
import type { SubjectAccessReview, TokenReview } from './kinds.ts';
import { scrapeAccess } from './scrape-access.ts';

const { signal } = new AbortController();

/** An API server that knows some tokens and answers both kinds of question. */
class Reviewer {
  readonly users = new Map<string, { readonly username: string; readonly groups?: readonly string[] }>();
  readonly allowed = new Set<string>();
  /** Every question, in order. */
  readonly asked: object[] = [];
  failure: Error | undefined;
  /** Answers wait for it. */
  gate: Promise<unknown> = Promise.resolve();

  readonly client = { create: (_type: unknown, object: KubeObject) => this.#answer(object) } as unknown as KubeClient;

  async #answer(object: KubeObject): Promise<KubeObject> {
    const { spec } = object as TokenReview | SubjectAccessReview;
    this.asked.push(spec);
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    const status = 'token' in spec ? this.#review(spec.token) : { allowed: this.allowed.has(spec.user) };
    return Object.assign({ ...object }, { status });
  }

  #review(token: string): TokenReview['status'] {
    const user = this.users.get(token);
    return user === undefined ? { authenticated: false } : { authenticated: true, user };
  }
}

const PROMETHEUS = 'system:serviceaccount:monitoring:prometheus';

let clock: FakeClock;
let reviewer: Reviewer;
let gatekeeper: Gatekeeper;

beforeEach(() => {
  clock = new FakeClock();
  reviewer = new Reviewer();
  reviewer.users.set('good', { username: PROMETHEUS, groups: ['system:serviceaccounts'] });
  reviewer.users.set('other', { username: 'system:serviceaccount:default:other' });
  reviewer.allowed.add(PROMETHEUS);
  const { client } = reviewer;
  gatekeeper = scrapeAccess({ client, clock, path: '/metrics', role: 'qbo-metrics-reader' });
});

const come = (token: string) => gatekeeper.refusalOf(`Bearer ${token}`, signal);

test('who may get the path comes in; the API server is asked about the person whom it found, and the path', async () => {
  expect(await come('good')).toBeUndefined();
  expect(reviewer.asked).toEqual([
    { token: 'good' },
    {
      user: PROMETHEUS,
      groups: ['system:serviceaccounts'],
      nonResourceAttributes: { path: '/metrics', verb: 'get' },
    },
  ]);
});

test.each([undefined, '', 'Basic Z29vZDo=', 'Bearer', 'Bearer  '])(
  'who brings no token (%p) is told what to bring, and nobody is asked',
  async (authorization) => {
    const refusal = await gatekeeper.refusalOf(authorization, signal);
    expect(refusal).toMatchObject({ code: 401, message: expect.stringContaining('ClusterRole qbo-metrics-reader') });
    expect(reviewer.asked).toEqual([]);
  },
);

test('a token that the API server does not know is 401', async () => {
  expect(await come('invented')).toMatchObject({ code: 401, message: expect.stringContaining('does not know') });
});

test('somebody known who has no right is 403, with the command that gives it', async () => {
  expect(await come('other')).toEqual({
    code: 403,
    message: expect.stringMatching(
      /^system:serviceaccount:default:other may not get \/metrics\. .* --clusterrole=qbo-metrics-reader --serviceaccount=default:other$/,
    ),
  });
});

describe('an answer', () => {
  test('holds for a minute when it was yes, and not longer', async () => {
    await come('good');
    await clock.advance(59_000);
    expect(await come('good')).toBeUndefined();
    expect(reviewer.asked).toHaveLength(2);
    await clock.advance(1_000);
    reviewer.allowed.clear();
    expect(await come('good')).toMatchObject({ code: 403 });
  });

  test('holds for ten seconds when it was no, so that a right that is granted works at once', async () => {
    await come('other');
    reviewer.allowed.add('system:serviceaccount:default:other');
    expect(await come('other')).toMatchObject({ code: 403 });
    await clock.advance(10_000);
    expect(await come('other')).toBeUndefined();
  });

  test('is awaited by all who come with the same token meanwhile', async () => {
    const open = Promise.withResolvers<undefined>();
    reviewer.gate = open.promise;
    const all = [come('good'), come('good'), come('good')];
    open.resolve(undefined);
    expect(await Promise.all(all)).toEqual([undefined, undefined, undefined]);
    expect(reviewer.asked).toHaveLength(2);
  });
});

describe('an API server that can not be asked', () => {
  beforeEach(async () => {
    await come('good');
    reviewer.failure = new KubeUnreachable('connection refused');
  });

  test('keeps nobody out who was let in during the last ten minutes', async () => {
    await clock.advance(9 * 60_000);
    expect(await come('good')).toBeUndefined();
    await clock.advance(60_000);
    expect(await come('good')).toEqual({ code: 503, message: expect.stringContaining('connection refused') });
  });

  test('lets in nobody who is new', async () => {
    expect(await come('other')).toMatchObject({ code: 503 });
  });
});

test('a flood of invented tokens does not become one of questions', async () => {
  const open = Promise.withResolvers<undefined>();
  reviewer.gate = open.promise;
  const all = Array.from({ length: 50 }, (_, index) => come(`invented-${String(index)}`));
  open.resolve(undefined);
  const codes = (await Promise.all(all)).map((refusal) => refusal?.code);
  expect(codes.filter((code) => code === 401)).toHaveLength(4);
  expect(codes.filter((code) => code === 503)).toHaveLength(46);
  expect(reviewer.asked).toHaveLength(4);
});

test('who gives up waiting does not end the question for the others', async () => {
  const open = Promise.withResolvers<undefined>();
  reviewer.gate = open.promise;
  const impatient = new AbortController();
  const first = gatekeeper.refusalOf('Bearer good', impatient.signal);
  const second = come('good');
  impatient.abort(new Error('no answer within 5 s'));
  expect(await first).toMatchObject({ code: 503, message: expect.stringContaining('no answer within 5 s') });
  open.resolve(undefined);
  expect(await second).toBeUndefined();
});
