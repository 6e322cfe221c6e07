import { afterEach, expect, test } from '@jest/globals';
import { EngineTooOld, EngineUnavailable } from '../../../crds/errors.ts';
import { silentLogger } from '../../runtime/log.ts';
import { fakeEngine, json } from './fake-engine.ts';
import type { FakeEngine, Route } from './fake-engine.ts';
import { dockerContainers } from './index.ts';

const signal = new AbortController().signal;
let engine: FakeEngine;

const noNetworks: Record<string, Route> = {
  'GET /networks': (response) => {
    json(response, 200, []);
  },
};

afterEach(async () => {
  await engine.remove();
});

test('the version is asked for once, and every request carries what both sides speak', async () => {
  engine = await fakeEngine(noNetworks, { Version: '29.0.0', ApiVersion: '1.52', MinAPIVersion: '1.44' });
  const { networks } = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  await networks.list(signal);
  await networks.list(signal);
  expect(engine.requests).toEqual(['GET /version', 'GET /v1.44/networks', 'GET /v1.44/networks']);
});

test('an engine that is too old is told so', async () => {
  engine = await fakeEngine(noNetworks, { Version: '18.09', ApiVersion: '1.39', MinAPIVersion: '1.12' });
  const { networks } = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  await expect(networks.list(signal)).rejects.toBeInstanceOf(EngineTooOld);
});

test('an engine that is away is unavailable, and is used again, its version asked anew, when it is back', async () => {
  engine = await fakeEngine(noNetworks);
  const { networks } = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  await networks.list(signal);
  await engine.stop();
  await expect(networks.list(signal)).rejects.toBeInstanceOf(EngineUnavailable);
  await engine.start();
  await expect(networks.list(signal)).resolves.toEqual([]);
  expect(engine.requests.filter((request) => request === 'GET /version')).toHaveLength(2);
});

test('an engine that never was there is unavailable', async () => {
  engine = await fakeEngine({});
  const { networks } = dockerContainers({ socketPath: `${engine.socketPath}.not` }, silentLogger);
  await expect(networks.list(signal)).rejects.toMatchObject({
    code: 'EngineUnavailable',
    message: expect.stringContaining('ENOENT'),
  });
});

test('a version that the engine no longer takes is agreed on anew', async () => {
  let isUpgraded = false;
  engine = await fakeEngine({
    'GET /networks': (response) => {
      if (isUpgraded) json(response, 200, []);
      else json(response, 400, { message: 'client version 1.41 is too old. Minimum supported API version is 1.44' });
      isUpgraded = true;
    },
  });
  const { networks } = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  await expect(networks.list(signal)).rejects.toThrow('too old');
  await networks.list(signal);
  expect(engine.requests.filter((request) => request === 'GET /version')).toHaveLength(2);
});

test('an abort ends a question that is never answered', async () => {
  const asked = Promise.withResolvers<unknown>();
  engine = await fakeEngine({ 'GET /networks': asked.resolve });
  const { networks } = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  const stop = new AbortController();
  const listed = networks.list(stop.signal);
  await asked.promise;
  const reason = new Error('no longer wanted');
  stop.abort(reason);
  await expect(listed).rejects.toBe(reason);
});

test('questions leave nothing behind on the signal of a caller that lives long', async () => {
  engine = await fakeEngine(noNetworks);
  const { networks } = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  const { signal: longLived } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = AbortSignal.prototype;
  longLived.addEventListener = function (...args: Parameters<typeof addEventListener>) {
    listeners++;
    addEventListener.apply(this, args);
  };
  longLived.removeEventListener = function (...args: Parameters<typeof removeEventListener>) {
    listeners--;
    removeEventListener.apply(this, args);
  };
  for (let i = 0; i < 20; i++) await networks.list(longLived);
  expect(listeners).toBe(0);
});
