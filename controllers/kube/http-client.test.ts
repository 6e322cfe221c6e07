import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClock } from '../runtime/clock.ts';
import { take } from './contract/subject.ts';
import { HttpKubeClient } from './http-client.ts';
import { sendingAs } from './impersonation.ts';
import { ConfigMapType, PodType } from './kinds.ts';
import { Transport, type RequestInfo } from './transport.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Fixture {
  readonly client: HttpKubeClient;
  readonly transport: Transport;
  readonly clock: FakeClock;
  readonly server: Server;
  readonly url: string;
  readonly requests: {
    readonly method: string;
    readonly url: string;
    readonly headers: object;
    readonly body: string;
  }[];
  readonly seen: RequestInfo[];
}

const key = { namespace: 'team', name: 'a' };
const { signal } = new AbortController();
const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A client of a server that answers as told. */
async function serve(
  handler: Handler,
  headers: Record<string, string> = {},
  onAnswer: () => void = () => undefined,
  beforeWrite?: () => void,
): Promise<Fixture> {
  const requests: Fixture['requests'] = [];
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const { method = '', url = '', headers: sent } = request;
      requests.push({ method, url, headers: sent, body: Buffer.concat(chunks as Buffer[]).toString() });
      handler(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const clock = new FakeClock();
  const seen: RequestInfo[] = [];
  const credentials = { server: url, requestOptions: () => Promise.resolve({ headers }) };
  const onRequest = (info: RequestInfo): void => {
    seen.push(info);
    onAnswer();
  };
  const transport = new Transport(credentials, { clock, userAgent: 'test/1', onRequest, beforeWrite });
  const client = new HttpKubeClient(transport, 30_000);
  cleanUps.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { client, transport, clock, server, url, requests, seen };
}

const answer =
  (body: unknown, code = 200, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(code, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'team' } };
const silence: Handler = () => undefined;

describe('a request', () => {
  test('of apply is a forced apply patch with its field manager', async () => {
    const { client, requests } = await serve(answer(configMap));
    await client.apply(PodType, { ...configMap, kind: 'Pod' }, { fieldManager: 'qbo', subresource: 'status' }, signal);
    expect(requests[0]).toMatchObject({
      method: 'PATCH',
      url: '/api/v1/namespaces/team/pods/a/status?fieldManager=qbo&force=true',
      headers: { 'content-type': 'application/apply-patch+yaml', 'user-agent': 'test/1' },
    });
  });

  test('of delete carries the preconditions', async () => {
    const { client, requests } = await serve(answer({}));
    await client.delete(ConfigMapType, key, { uid: 'u', propagation: 'Foreground', gracePeriodSeconds: 0 }, signal);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Foreground',
      gracePeriodSeconds: 0,
      preconditions: { uid: 'u' },
    });
  });

  test('of evict asks the Eviction API', async () => {
    const { client, requests } = await serve(answer({}, 201));
    await client.evict(key, signal);
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/api/v1/namespaces/team/pods/a/eviction' });
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ apiVersion: 'policy/v1', kind: 'Eviction' });
  });

  test('of a token asks for one that lasts as long', async () => {
    const issued = { metadata: {}, status: { token: 'abc', expirationTimestamp: '2026-01-01T01:00:00Z' } };
    const { client, requests } = await serve(answer(issued, 201));
    expect(await client.requestToken(key, 3_600, signal)).toEqual({ token: 'abc', expiresAt: '2026-01-01T01:00:00Z' });
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/api/v1/namespaces/team/serviceaccounts/a/token' });
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ spec: { expirationSeconds: 3_600 } });
  });

  test('as somebody else says so in its headers', async () => {
    const as = { user: 'qbo:user:alice', groups: ['qbo:users', 'qbo:team'] };
    const { transport, requests } = await serve(answer(configMap), { authorization: 'Bearer ours' });
    const client = new HttpKubeClient(sendingAs(transport, as), 1_000);
    await client.get(ConfigMapType, key, signal);
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer ours',
      'impersonate-user': 'qbo:user:alice',
      'impersonate-group': 'qbo:users, qbo:team',
    });
  });

  test('escapes what a caller put into a name', async () => {
    const { client, requests } = await serve(answer(configMap));
    await client.get(ConfigMapType, { namespace: 'team', name: '../secrets/x?y' }, signal);
    expect(requests[0]?.url).toBe('/api/v1/namespaces/team/configmaps/..%2Fsecrets%2Fx%3Fy');
  });

  test('carries the credentials of that moment', async () => {
    const { client, requests } = await serve(answer(configMap), { Authorization: 'Bearer t' });
    await client.get(ConfigMapType, key, signal);
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer t' });
  });

  test('is counted with its method, code and host', async () => {
    const { client, seen, url } = await serve(answer({ kind: 'Status' }, 500));
    await expect(client.raw('/x', signal)).rejects.toThrow();
    expect(seen).toEqual([{ method: 'GET', code: '500', host: new URL(url).host }]);
  });
});

describe('a refusal', () => {
  test('carries code, reason, message and how long to wait', async () => {
    const status = {
      kind: 'Status',
      reason: 'TooManyRequests',
      message: 'slow down',
      details: { retryAfterSeconds: 7 },
    };
    const { client } = await serve(answer(status, 429));
    await expect(client.evict(key, signal)).rejects.toMatchObject({
      name: 'KubeApiError',
      code: 429,
      reason: 'TooManyRequests',
      message: 'slow down',
      retryAfterSeconds: 7,
    });
  });

  test('in plain text keeps the words, and the Retry-After of the header', async () => {
    const { client } = await serve(answer('upstream is gone\n', 503, { 'retry-after': '3' }));
    await expect(client.list(ConfigMapType, {}, signal)).rejects.toMatchObject({
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'upstream is gone',
      retryAfterSeconds: 3,
    });
  });

  test('with 404 is an absence only when it is the object that is missing', async () => {
    const missing = { kind: 'Status', reason: 'NotFound', message: 'configmaps "a" not found', details: { name: 'a' } };
    const object = await serve(answer(missing, 404));
    expect(await object.client.get(ConfigMapType, key, signal)).toBeUndefined();
    const kind = await serve(answer('404 page not found', 404));
    await expect(kind.client.get(ConfigMapType, key, signal)).rejects.toMatchObject({ code: 404, reason: 'NotFound' });
  });
});

describe('a server that can not be asked', () => {
  test('is named, with the reason in words', async () => {
    const { client, server, url, seen } = await serve(silence);
    server.close();
    await expect(client.raw('/readyz', signal)).rejects.toMatchObject({
      name: 'KubeUnreachable',
      message: `The API server at ${url} could not be asked: nothing listens there, so it is stopped or still starting (ECONNREFUSED).`,
    });
    expect(seen[0]?.code).toBe('<error>');
  });

  test('is given up after the limit when it stays silent', async () => {
    const { client, clock, requests } = await serve(silence);
    const asked = client.get(ConfigMapType, key, signal);
    const outcome = expect(asked).rejects.toMatchObject({
      name: 'KubeUnreachable',
      message: expect.stringContaining('30 s'),
    });
    await eventually(() => requests.length === 1);
    await clock.advance(30_000);
    await outcome;
    expect(clock.pending).toBe(0);
  });

  test('is unreachable when it breaks off in the middle of an answer', async () => {
    const { client } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"apiVersion"');
      setImmediate(() => response.destroy());
    });
    await expect(client.get(ConfigMapType, key, signal)).rejects.toMatchObject({ name: 'KubeUnreachable' });
  });

  test.each(['<html>welcome</html>', '', '"hello"', '{"hello":1}'])('is unreachable when %j answers', async (body) => {
    const { client } = await serve(answer(body));
    const listed = client.list(ConfigMapType, {}, signal);
    await expect(listed).rejects.toMatchObject({
      name: 'KubeUnreachable',
      message: expect.stringContaining('no API server'),
    });
    const got = client.get(ConfigMapType, key, signal);
    await expect(got).rejects.toMatchObject({ name: 'KubeUnreachable' });
  });

  describe('that closes a kept connection as it is asked again', () => {
    /** Answers the first request of each connection, and breaks the connection at the second. */
    const onceEach = (): Handler => {
      const known = new WeakSet();
      return (request, response) => {
        if (known.has(request.socket)) request.socket.destroy();
        else answer(configMap)(request, response);
        known.add(request.socket);
      };
    };

    test('is asked over a new one', async () => {
      const { client, requests } = await serve(onceEach());
      await client.get(ConfigMapType, key, signal);
      await expect(client.get(ConfigMapType, key, signal)).resolves.toMatchObject(configMap);
      expect(requests).toHaveLength(3);
    });

    test('is not asked twice to create, since it may have created', async () => {
      const { client, requests } = await serve(onceEach());
      await client.get(ConfigMapType, key, signal);
      await expect(client.create(ConfigMapType, configMap, signal)).rejects.toMatchObject({ name: 'KubeUnreachable' });
      expect(requests).toHaveLength(2);
    });
  });
});

describe('an abort', () => {
  const reason = new Error('no longer wanted');

  test('before the response headers ends the request with its reason', async () => {
    const { client, requests, clock } = await serve(silence);
    const aborter = new AbortController();
    const outcome = expect(client.get(ConfigMapType, key, aborter.signal)).rejects.toBe(reason);
    await eventually(() => requests.length === 1);
    aborter.abort(reason);
    await outcome;
    await eventually(() => clock.pending === 0);
  });

  test('in the middle of a body ends the request with its reason', async () => {
    const { client } = await serve((_, response) => void response.writeHead(200).write('{"apiVersion"'));
    const aborter = new AbortController();
    const outcome = expect(client.get(ConfigMapType, key, aborter.signal)).rejects.toBe(reason);
    await new Promise((resolve) => setImmediate(resolve));
    aborter.abort(reason);
    await outcome;
  });

  test('at the very moment of the response headers ends the request with its reason', async () => {
    const aborter = new AbortController();
    const abort = (): void => {
      aborter.abort(reason);
    };
    const { client } = await serve((_, response) => void response.writeHead(200).write('{"apiVersion"'), {}, abort);
    await expect(client.get(ConfigMapType, key, aborter.signal)).rejects.toBe(reason);
  });

  test('ends a watch that has not begun yet, and closes its connection', async () => {
    const { client, server, requests } = await serve(silence);
    const aborter = new AbortController();
    const next = take(client.watch(ConfigMapType, { resourceVersion: '1' }, aborter.signal), 1);
    const outcome = expect(next).rejects.toBe(reason);
    await eventually(() => requests.length === 1);
    aborter.abort(reason);
    await outcome;
    await eventually(async () => (await connections(server)) === 0);
  });
});

describe('a watch', () => {
  const event = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

  test('asks for bookmarks and for an end', async () => {
    const { client, requests } = await serve(answer(''));
    await take(
      client.watch(ConfigMapType, { namespace: 'team', resourceVersion: '5', labelSelector: 'a=b' }, signal),
      1,
    );
    expect(Object.fromEntries(new URL(requests[0]?.url ?? '', 'http://x').searchParams)).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '5',
      labelSelector: 'a=b',
      timeoutSeconds: '600',
    });
  });

  test('throws what an ERROR event says', async () => {
    const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    const { client } = await serve(answer(event('ADDED', configMap) + event('ERROR', expired)));
    const seen: string[] = [];
    const all = (async () => {
      for await (const { type } of client.watch(ConfigMapType, { resourceVersion: '1' }, signal)) seen.push(type);
    })();
    await expect(all).rejects.toMatchObject({ name: 'KubeApiError', code: 410, reason: 'Expired' });
    expect(seen).toEqual(['ADDED']);
  });

  test('that tells nonsense is a lost connection', async () => {
    const { client } = await serve(answer('nonsense\n'));
    const next = take(client.watch(ConfigMapType, { resourceVersion: '1' }, signal), 1);
    await expect(next).rejects.toMatchObject({ name: 'KubeUnreachable' });
  });

  test('that the server forgets to end is given up after its time and a grace', async () => {
    const { client, clock } = await serve(
      (_, response) => void response.writeHead(200).write(event('ADDED', configMap)),
    );
    const watch = client.watch(ConfigMapType, { resourceVersion: '1', timeoutSeconds: 300 }, signal);
    const iterator = watch[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ type: 'ADDED' });
    const outcome = expect(iterator.next()).rejects.toMatchObject({ name: 'KubeUnreachable' });
    await clock.advance(330_000);
    await outcome;
  });

  test('that nobody reads on closes its connection', async () => {
    const { client, server } = await serve(
      (_, response) => void response.writeHead(200).write(event('ADDED', configMap)),
    );
    await take(client.watch(ConfigMapType, { resourceVersion: '1' }, signal), 1);
    await eventually(async () => (await connections(server)) === 0);
  });
});

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });

/** Sockets answer to no fake clock: lets the event loop turn until it is so. The test's own time limit ends it. */
async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

describe('a writer that may have to stop at any moment', () => {
  const CONFIG = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'team' } };
  const answer: Handler = (_, response) => response.end(JSON.stringify(CONFIG));

  test('is asked when the connection is there, and not before', async () => {
    let isConnected = false;
    const seen: boolean[] = [];
    const { client, server } = await serve(answer, {}, undefined, () => seen.push(isConnected));
    server.on('connection', () => {
      isConnected = true;
    });
    await client.create(ConfigMapType, CONFIG, signal);
    await client.update(ConfigMapType, CONFIG, signal);
    await client.get(ConfigMapType, key, signal);
    expect(seen).toEqual([true, true]);
  });

  test('sends nothing when it must stop, and still reads', async () => {
    const stop = (): void => {
      throw new Error('not yours any more');
    };
    const { client, requests } = await serve(answer, {}, undefined, stop);
    await expect(client.create(ConfigMapType, CONFIG, signal)).rejects.toThrow('not yours any more');
    await expect(client.delete(ConfigMapType, key, {}, signal)).rejects.toThrow('not yours any more');
    await client.get(ConfigMapType, key, signal);
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
  });
});
