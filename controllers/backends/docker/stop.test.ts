import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { FakeClock } from '../../runtime/clock.ts';
import { silentLogger } from '../../runtime/log.ts';
import { Connection } from './connection.ts';
import { fakeEngine, json } from './fake-engine.ts';
import type { FakeEngine, Route } from './fake-engine.ts';
import { stop } from './stop.ts';

const { signal } = new AbortController();
let engine: FakeEngine | undefined;

afterEach(() => engine?.remove());

/** Stops container `node`, whose engine answers as the routes say, and lets time pass until that is done. */
async function stopped(routes: Readonly<Record<string, Route>>): Promise<readonly string[]> {
  engine = await fakeEngine(routes);
  const clock = new FakeClock();
  const before = clock.monotonic();
  let isOver = false;
  const end = stop(new Connection(engine.socketPath, clock, silentLogger), 'node', 60, signal).finally(
    () => (isOver = true),
  );
  while (!isOver && clock.monotonic() - before < 600_000) {
    await clock.advance(100);
    await turn();
  }
  await end;
  expect(clock.pending).toBe(0);
  return engine.requests
    .map((request) => request.replace(/\/v[\d.]+/, ''))
    .filter((request) => !request.includes('version'));
}

test('a node that did not hear the signal is sent it again, as its image wants it, until it ends', async () => {
  const kills: string[] = [];
  let end = (): void => undefined;
  const requests = await stopped({
    'POST /containers/node/stop': (response) => {
      end = () => response.writeHead(204).end();
    },
    'GET /containers/node/json': (response) => {
      json(response, 200, { Id: 'node', Config: { StopSignal: 'SIGRTMIN+3' } });
    },
    'POST /containers/node/kill': (response, { url = '' }) => {
      kills.push(new URL(url, 'http://engine').searchParams.get('signal') ?? '');
      if (kills.length === 1) {
        json(response, 500, { message: 'cannot kill container' });
        return;
      }
      response.writeHead(204).end();
      end();
    },
  });
  expect(kills).toEqual(['SIGRTMIN+3', 'SIGRTMIN+3']);
  expect(requests[0]).toBe('POST /containers/node/stop');
});

test.each([304, 404])('a container that need not be stopped (%d) is sent nothing', async (status) => {
  const requests = await stopped({
    'POST /containers/node/stop': (response) => {
      json(response, status, { message: 'No such container: node' });
    },
  });
  expect(requests).toEqual(['POST /containers/node/stop']);
});
