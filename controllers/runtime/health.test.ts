import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import { healthServer, type Gatekeeper, type HealthServerOptions } from './health.ts';
import { silentLogger } from './log.ts';

let clock: FakeClock;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  stop = new AbortController();
  running = Promise.resolve();
});

afterEach(async () => {
  stop.abort();
  await running;
});

/** Starts a server and returns what asks it. */
async function serve(
  more: Partial<HealthServerOptions> = {},
): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const listening = Promise.withResolvers<number>();
  const server = healthServer({
    host: '127.0.0.1',
    port: 0,
    clock,
    log: silentLogger,
    onListening: listening.resolve,
    ...more,
  });
  running = server.run(stop.signal);
  const port = await Promise.race([listening.promise, running.then(() => 0)]);
  return (path, init) => fetch(`http://127.0.0.1:${String(port)}${path}`, init);
}

describe('/healthz and /readyz', () => {
  test('answer ok while every check passes', async () => {
    const ask = await serve({ ready: { caches: () => undefined, engine: () => Promise.resolve() } });

    const ready = await ask('/readyz');
    expect([ready.status, await ready.text()]).toEqual([200, 'ok']);
    expect((await ask('/healthz')).status).toBe(200);
    expect(await (await ask('/readyz?verbose')).text()).toBe('[+]caches ok\n[+]engine ok\npassed\n');
  });

  test('answer 503 and name the check that fails', async () => {
    const ask = await serve({
      ready: {
        caches: () => undefined,
        engine: () => {
          throw new Error('Docker does not answer');
        },
      },
    });

    const answer = await ask('/readyz');
    expect(answer.status).toBe(503);
    expect(await answer.text()).toBe('[+]caches ok\n[-]engine failed: Docker does not answer\nfailed\n');
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('do not wait for a check that hangs', async () => {
    const asked = Promise.withResolvers<undefined>();
    const ask = await serve({
      live: {
        engine: () => {
          asked.resolve(undefined);
          return new Promise(() => undefined);
        },
      },
    });
    const answer = ask('/healthz');
    await asked.promise;
    await clock.advance(5000);

    expect((await answer).status).toBe(503);
    expect(await (await answer).text()).toContain('[-]engine failed: No answer within 5 s');
  });
});

describe('/metrics', () => {
  const metrics = { text: (format: string) => Promise.resolve(`# ${format}\n`) };

  test('are in the format that is asked for, and say which', async () => {
    const ask = await serve({ metrics });
    const plain = await ask('/metrics');
    const open = await ask('/metrics', { headers: { accept: 'application/openmetrics-text, text/plain;q=0.5' } });

    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await plain.text()).toBe('# prometheus\n');
    expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(await open.text()).toBe('# openmetrics\n');
  });

  test('are for those alone whom the gatekeeper lets in; the probes are for everybody', async () => {
    const gatekeeper: Gatekeeper = {
      refusalOf: (authorization) =>
        Promise.resolve(
          {
            undefined: { code: 401, message: 'Who?' } as const,
            'Bearer b': { code: 403, message: 'You not' } as const,
          }[String(authorization)],
        ),
    };
    const ask = await serve({ metrics, gatekeeper });
    const nobody = await ask('/metrics');
    const refused = await ask('/metrics', { headers: { authorization: 'Bearer b' } });

    expect([nobody.status, nobody.headers.get('www-authenticate'), await nobody.text()]).toEqual([
      401,
      'Bearer',
      'Who?\n',
    ]);
    expect([refused.status, refused.headers.get('www-authenticate'), await refused.text()]).toEqual([
      403,
      null,
      'You not\n',
    ]);
    expect((await ask('/metrics', { headers: { authorization: 'Bearer a' } })).status).toBe(200);
    expect((await ask('/healthz')).status).toBe(200);
    expect((await ask('/readyz')).status).toBe(200);
  });

  test('that can not be read are an error of the server, which goes on', async () => {
    const ask = await serve({ metrics: { text: () => Promise.reject(new Error('broken')) } });

    expect((await ask('/metrics')).status).toBe(500);
    expect((await ask('/healthz')).status).toBe(200);
  });
});

test('what is not served is not found, and nothing but reading is allowed', async () => {
  const ask = await serve();

  expect((await ask('/metrics')).status).toBe(404);
  expect((await ask('/../etc/passwd')).status).toBe(404);
  expect((await ask('/healthz', { method: 'POST' })).status).toBe(405);
  const head = await ask('/healthz', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('a port that is taken is an error that stops the operator', async () => {
  const listening = Promise.withResolvers<number>();
  const options = { host: '127.0.0.1', clock, log: silentLogger };
  running = healthServer({ ...options, port: 0, onListening: listening.resolve }).run(stop.signal);
  const port = await listening.promise;

  await expect(healthServer({ ...options, port }).run(stop.signal)).rejects.toThrow('EADDRINUSE');
});
