import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventRecorder, type EventNote, type FlushableRecorder } from '../../../controllers/kube/events.ts';
import { KubeEventType, type KubeEvent } from '../../../controllers/kube/kinds.ts';
import { FakeClock } from '../../../controllers/runtime/clock.ts';
import { silentLogger } from '../../../controllers/runtime/log.ts';
import { startApiServer, type ApiServer } from '../../fixtures/api-server/index.ts';

jest.setTimeout(120_000);

const { signal } = new AbortController();
const stop = new AbortController();
const clock = new FakeClock(Date.now());
let server: ApiServer;
let recorder: FlushableRecorder;
let requests: string[] = [];

beforeAll(async () => {
  server = await startApiServer();
  const client = server.client('admin', { onRequest: ({ method, code }) => requests.push(`${method} ${code}`) });
  const who = { controller: 'qbo.io/operator', instance: 'test' };
  recorder = eventRecorder({ client, clock, log: silentLogger, ...who, signal: stop.signal });
});

afterAll(async () => {
  stop.abort();
  await (server as ApiServer | undefined)?.stop();
});

const note = (name: string, message: string): EventNote => ({
  object: { apiVersion: 'qbo.io/v1alpha1', kind: 'Node', metadata: { name, namespace: 'default', uid: name } },
  type: 'Warning',
  reason: 'ContainerRestarted',
  message,
});

async function eventsOf(name: string): Promise<readonly KubeEvent[]> {
  await clock.advance(30_000);
  await recorder.flush();
  const all = await server.client().list(KubeEventType, { namespace: 'default' }, signal);
  return all.items.filter(({ regarding }) => regarding.name === name);
}

test('a container that dies a hundred times is one event with a count, in two requests', async () => {
  requests = [];
  recorder.record(note('flapping', 'It was not running'));
  await recorder.flush();
  for (let i = 1; i < 100; i++) recorder.record(note('flapping', 'It was not running'));
  const events = await eventsOf('flapping');
  expect(events.map(({ series }) => series?.count)).toEqual([100]);
  expect(requests).toEqual(['POST 201', 'PATCH 200']);
});

test('one whose words differ each time has ten events, and one for all the others', async () => {
  for (let i = 0; i < 100; i++) recorder.record(note('talkative', `Exit code ${String(i)}`));
  const events = await eventsOf('talkative');
  expect(events).toHaveLength(11);
  expect(events.flatMap(({ series }) => series?.count ?? [])).toEqual([90]);
});
