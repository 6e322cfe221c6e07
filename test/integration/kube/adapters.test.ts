import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import { eventRecorder } from '../../../controllers/kube/events.ts';
import { ConfigMapType, KubeEventType } from '../../../controllers/kube/kinds.ts';
import { leaseStore } from '../../../controllers/kube/lease-store.ts';
import { listerWatcher } from '../../../controllers/kube/lister-watcher.ts';
import { FakeClock, SystemClock } from '../../../controllers/runtime/clock.ts';
import { LeaderElector } from '../../../controllers/runtime/lease.ts';
import { silentLogger } from '../../../controllers/runtime/log.ts';
import { keyString } from '../../../controllers/runtime/object.ts';
import { Reflector } from '../../../controllers/runtime/reflector.ts';
import { startApiServer, type ApiServer } from '../../fixtures/api-server/index.ts';

jest.setTimeout(120_000);

const { signal } = new AbortController();
const clock = new SystemClock();
const log = silentLogger;
let server: ApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startApiServer();
  client = server.client();
});

afterAll(async () => {
  // There is none when it could not be started.
  await (server as ApiServer | undefined)?.stop();
});

test('an event and its repetition are taken by the API server as one series', async () => {
  const fake = new FakeClock();
  const options = { controller: 'qbo.io/operator', instance: 'test', signal };
  const recorder = eventRecorder({ client, clock: fake, log, ...options });
  const object = { apiVersion: 'qbo.io/v1alpha1', kind: 'Cluster', metadata: { name: 'dev', namespace: 'default' } };
  const note = {
    object,
    type: 'Warning',
    reason: 'ImageUnavailable',
    message: 'No such image: é'.repeat(200),
  } as const;
  const selected = { namespace: 'default', fieldSelector: 'reason=ImageUnavailable,regarding.name=dev' };

  recorder.record(note);
  await recorder.flush();
  expect((await client.list(KubeEventType, selected, signal)).items).toHaveLength(1);

  await fake.advance(60_000);
  recorder.record(note);
  await recorder.flush();
  const { items } = await client.list(KubeEventType, selected, signal);
  expect(items.map(({ series }) => series)).toEqual([{ count: 2, lastObservedTime: '2026-01-01T00:01:00.000000Z' }]);
});

test('one replica leads, and when it stops another does', async () => {
  const store = leaseStore(client, { namespace: 'default', name: 'election' });
  const leaders: string[] = [];
  const start = (identity: string): { stop: AbortController; done: Promise<void> } => {
    const stop = new AbortController();
    const elector = new LeaderElector({ store, identity, clock, log, leaseMs: 1500, renewMs: 1000, retryMs: 100 });
    const done = elector.run(stop.signal, async (leading) => {
      leaders.push(identity);
      await until(() => leading.aborted);
    });
    return { stop, done };
  };
  const one = start('one');
  await until(() => leaders.length === 1);
  const two = start('two');
  await delay(500);
  expect(leaders).toEqual(['one']);
  one.stop.abort();
  await one.done;
  await until(() => leaders.length === 2);
  expect(leaders).toEqual(['one', 'two']);
  two.stop.abort();
  await two.done;
});

test('a reflector sees what changes before, while and after the API server is away', async () => {
  const stop = new AbortController();
  const source = listerWatcher(client, ConfigMapType, { namespace: 'default' });
  const reflector = new Reflector({ name: 'configmaps', source, clock, log });
  const running = reflector.run(stop.signal);
  const isSeen = (name: string): boolean =>
    reflector.store.get(keyString({ namespace: 'default', name })) !== undefined;
  const put = async (name: string): Promise<void> => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
    await client.apply(ConfigMapType, object, { fieldManager: 'test' }, signal);
  };
  await put('before');
  await until(() => isSeen('before'));
  await put('live');
  await until(() => isSeen('live'));
  await server.restart();
  await put('after');
  await until(() => isSeen('after'));
  await client.delete(ConfigMapType, { namespace: 'default', name: 'live' }, {}, signal);
  await until(() => !isSeen('live'));
  stop.abort();
  await running.catch(() => undefined);
});

/** Looks ten times a second; the test's own time limit ends it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(100);
}
