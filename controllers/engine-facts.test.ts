import { expect, test } from '@jest/globals';
import { ENGINE_FACTS, readEngineData } from '../crds/engine-facts.ts';
import { nodeImageOf } from '../test/fixtures/world/node-image.ts';
import { MemoryEngine } from './backends/memory/engine.ts';
import { engineFacts } from './engine-facts.ts';
import { ConfigMapType } from './kube/kinds.ts';
import { MemoryApiServer } from './kube/memory.ts';
import { FakeClock } from './runtime/clock.ts';
import { silentLogger } from './runtime/log.ts';

const namespace = 'qbo-system';
const key = { namespace, name: ENGINE_FACTS };
const { signal } = new AbortController();

function begin() {
  const clock = new FakeClock();
  const api = new MemoryApiServer({ clock });
  const engine = new MemoryEngine({ clock });
  engine.addImage('kindest/node:v1.35.4', nodeImageOf('v1.35.4'));
  const kube = api.client();
  const stop = new AbortController();
  const runnable = engineFacts({ kube, containers: engine.containers(), clock, log: silentLogger, namespace });
  const ended = runnable.run(stop.signal);
  const facts = () => readEngineData(api.peek(ConfigMapType, key)?.data);
  return { clock, api, engine, facts, stop, ended };
}

test('node images and the version of the engine are told, and nothing is written while nothing changes', async () => {
  const { clock, api, engine, facts } = begin();
  await clock.advance(1_000);
  expect(facts()).toEqual({ images: ['kindest/node:v1.35.4'], version: expect.stringMatching(/^\d/) });
  api.forgetRequests();
  await clock.advance(10 * 60_000);
  expect(api.writes()).toEqual([]);
  engine.addImage('kindest/node:v1.36.0', nodeImageOf('v1.36.0'));
  await clock.advance(30_000);
  expect(facts().images).toEqual(['kindest/node:v1.35.4', 'kindest/node:v1.36.0']);
});

test('what somebody has taken away or changed is told again', async () => {
  const { clock, api, facts } = begin();
  await clock.advance(1_000);
  await api.client().delete(ConfigMapType, key, {}, signal);
  await clock.advance(30_000);
  expect(facts().images).toEqual(['kindest/node:v1.35.4']);
  await api.client().mergePatch(ConfigMapType, key, { data: { images: 'nonsense' } }, signal);
  expect(facts().images).toEqual([]);
  await clock.advance(30_000);
  expect(facts().images).toEqual(['kindest/node:v1.35.4']);
});

test('an API server that is away is waited for, and it ends when it is told to', async () => {
  const { clock, api, facts, stop, ended } = begin();
  api.stop();
  await clock.advance(60_000);
  api.start();
  await clock.advance(30_000);
  expect(facts().images).toHaveLength(1);
  stop.abort(new Error('stop'));
  await expect(ended).resolves.toBeUndefined();
});
