import { createSocket } from 'node:dgram';
import { createServer as createHTTP } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { networkProber } from './network-prober.ts';
import type { ProbeProtocol } from './prober.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const probe = (protocol: ProbeProtocol, port: number, path = '/', signal = new AbortController().signal) =>
  networkProber.probe({ protocol, address: '127.0.0.1', port, path, payload: 'ping' }, signal);

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A port that was somebody's a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('by TCP, somebody who listens answers, and nobody else does', async () => {
  const port = await listening(createServer());
  await expect(probe('TCP', port)).resolves.toBeUndefined();
  await expect(probe('TCP', await closedPort())).rejects.toThrow('ECONNREFUSED');
});

describe('by HTTP', () => {
  test.each([
    [200, true],
    [302, true],
    [404, false],
    [503, false],
  ])('an answer of %i is well: %s', async (code, isWell) => {
    const server = createHTTP((request, response) => {
      response.writeHead(request.url === '/healthz' ? code : 500).end('body');
    });
    const port = await listening(server);
    const outcome = await probe('HTTP', port, '/healthz').then(
      () => true,
      () => false,
    );
    expect(outcome).toBe(isWell);
  });

  test('what is answered has to be right where somebody looks at it', async () => {
    const port = await listening(createHTTP((_, response) => response.end('nearly there')));
    const asked = { protocol: 'HTTP', address: '127.0.0.1', port, path: '/', payload: '' } as const;
    const says = (word: string) =>
      networkProber.probe({ ...asked, isRight: (answer) => answer.includes(word) }, new AbortController().signal);
    await expect(says('nearly')).resolves.toBeUndefined();
    await expect(says('finished')).rejects.toThrow('it answers, but is not there yet');
  });
});

test('by UDP, any reply is well, and silence is waited for until the signal', async () => {
  const echo = createSocket('udp4');
  echo.on('message', (message, from) => {
    if (message.toString() === 'ping') echo.send('pong', from.port, from.address);
  });
  await new Promise<void>((resolve) => echo.bind(0, '127.0.0.1', resolve));
  closing.push(() => echo.close());
  await expect(probe('UDP', echo.address().port)).resolves.toBeUndefined();
  const silent = createSocket('udp4');
  await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
  closing.push(() => silent.close());
  const stop = new AbortController();
  const waiting = probe('UDP', silent.address().port, '/', stop.signal);
  stop.abort(new Error('That is enough'));
  await expect(waiting).rejects.toThrow('That is enough');
});
