import { afterEach, expect, test } from '@jest/globals';
import { ImageUnavailable, OutOfSpace } from '../../../crds/errors.ts';
import { FakeClock } from '../../runtime/clock.ts';
import { silentLogger } from '../../runtime/log.ts';
import type { Images } from '../containers.ts';
import { fakeEngine, json } from './fake-engine.ts';
import type { FakeEngine, Route } from './fake-engine.ts';
import { dockerContainers } from './index.ts';

const signal = new AbortController().signal;
const clock = new FakeClock();
let engine: FakeEngine;

async function imagesOf(create: Route): Promise<Images> {
  engine = await fakeEngine({
    'POST /images/create': create,
    'GET /images/json': (response) => {
      json(response, 200, []);
    },
  });
  return dockerContainers({ socketPath: engine.socketPath, clock, pullStallMs: 60_000 }, silentLogger).images;
}

const ignore = (): void => undefined;

afterEach(async () => {
  await engine.remove();
});

test('progress comes line by line, wherever the answer is cut', async () => {
  const images = await imagesOf((response) => {
    response.write('{"status":"Pulling from kindest/node","id":"v1"}\r\n{"status":"Downloa');
    setImmediate(() => response.end('ding","id":"abc","progress":"1MB/2MB"}\n\n'));
  });
  const lines: string[] = [];
  await images.pull('kindest/node:v1', (line) => lines.push(line), signal);
  expect(lines).toEqual(['v1: Pulling from kindest/node', 'abc: Downloading 1MB/2MB']);
});

test("a refusal before the first line gives the registry's words", async () => {
  const images = await imagesOf((response) => {
    json(response, 404, { message: 'manifest for kindest/node:v9 not found: manifest unknown' });
  });
  await expect(images.pull('kindest/node:v9', ignore, signal)).rejects.toMatchObject({
    code: 'ImageUnavailable',
    details: { image: 'kindest/node:v9', answer: 'manifest for kindest/node:v9 not found: manifest unknown' },
  });
});

test("a refusal in the middle gives the registry's words", async () => {
  const images = await imagesOf((response) => {
    response.end('{"status":"Pulling"}\n{"errorDetail":{"message":"denied"},"error":"denied: requires login"}\n');
  });
  await expect(images.pull('private/node:v1', ignore, signal)).rejects.toMatchObject({
    code: 'ImageUnavailable',
    details: { answer: 'denied: requires login' },
  });
});

test('a full disk is no fault of the image', async () => {
  const images = await imagesOf((response) => {
    response.end('{"error":"failed to register layer: no space left on device"}\n');
  });
  await expect(images.pull('kindest/node:v1', ignore, signal)).rejects.toBeInstanceOf(OutOfSpace);
});

test('a registry that goes silent is given up a minute after its last sign of life', async () => {
  const asked = Promise.withResolvers<Parameters<Route>[0]>();
  const images = await imagesOf(asked.resolve);
  const progress = Promise.withResolvers<string>();
  const pulled = images.pull('kindest/node:v1', progress.resolve, signal);
  const outcome = pulled.then(
    () => 'pulled',
    (error: unknown) => error,
  );
  const response = await asked.promise;
  await clock.advance(59_000);
  response.write('{"status":"Pulling"}\n');
  await progress.promise;
  await clock.advance(59_000);
  expect(await Promise.race([outcome, Promise.resolve('waiting')])).toBe('waiting');
  await clock.advance(1_000);
  expect(await outcome).toBeInstanceOf(ImageUnavailable);
  expect(((await outcome) as ImageUnavailable).details.answer).toBe('the registry sent nothing for 60 s');
  expect(clock.pending).toBe(0);
});

test("a pull that is cut off is the engine's fault, not the image's", async () => {
  const images = await imagesOf((response) => {
    response.write('{"status":"Pulling"}\n', () => response.destroy());
  });
  await expect(images.pull('kindest/node:v1', ignore, signal)).rejects.toMatchObject({ code: 'EngineUnavailable' });
});

test('an abort ends a pull, and the engine hears of it', async () => {
  const closed = Promise.withResolvers<unknown>();
  const asked = Promise.withResolvers<unknown>();
  const images = await imagesOf((response) => {
    response.once('close', closed.resolve);
    asked.resolve(undefined);
  });
  const stop = new AbortController();
  const reason = new Error('no longer wanted');
  const pulled = images.pull('kindest/node:v1', ignore, stop.signal);
  await asked.promise;
  stop.abort(reason);
  await expect(pulled).rejects.toBe(reason);
  await closed.promise;
});
