import { beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/log.ts';
import { eventRecorder, type EventNote, type FlushableRecorder } from './events.ts';
import { KubeApiError, KubeUnreachable } from './error.ts';
import { KubeEventType, type KubeEvent } from './kinds.ts';
import { MemoryApiServer } from './memory.ts';

const signal = new AbortController().signal;
const object = {
  apiVersion: 'qbo.io/v1alpha1',
  kind: 'Cluster',
  metadata: { name: 'dev', namespace: 'team', uid: 'u-1', resourceVersion: '7' },
};
const note = (message = 'It is there'): EventNote => ({
  object,
  type: 'Normal',
  reason: 'ContainerCreated',
  message,
  action: 'CreateContainer',
});

const named = (name: string): EventNote['object'] => ({ ...object, metadata: { ...object.metadata, name, uid: name } });

let clock: FakeClock;
let server: MemoryApiServer;
let recorder: FlushableRecorder;
let warnings: string[];
let stop: AbortController;

beforeEach(() => {
  clock = new FakeClock();
  server = new MemoryApiServer({ clock });
  warnings = [];
  stop = new AbortController();
  const log = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  const client = server.client();
  recorder = eventRecorder({
    client,
    clock,
    log,
    controller: 'qbo.io/operator',
    instance: 'pod-1',
    signal: stop.signal,
  });
});

const events = async (): Promise<readonly KubeEvent[]> => {
  await recorder.flush();
  return (await server.client().list(KubeEventType, {}, signal)).items;
};

describe('an event', () => {
  test('says what happened to which object, and who says so', async () => {
    recorder.record(note());
    const [event] = await events();
    expect(event).toMatchObject({
      metadata: { namespace: 'team' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      type: 'Normal',
      reason: 'ContainerCreated',
      action: 'CreateContainer',
      note: 'It is there',
      regarding: { kind: 'Cluster', name: 'dev', namespace: 'team', uid: 'u-1', resourceVersion: '7' },
      reportingController: 'qbo.io/operator',
      reportingInstance: 'pod-1',
    });
  });

  test('of an object without a namespace is in default', async () => {
    recorder.record({ ...note(), object: { ...object, metadata: { name: 'dev' } } });
    expect((await events())[0]?.metadata.namespace).toBe('default');
  });

  test('has a note of at most 1024 bytes and no broken character', async () => {
    recorder.record(note('🚢'.repeat(1000)));
    const text = (await events())[0]?.note ?? '';
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
    expect(text).toMatch(/^(🚢)+…$/u);
  });
});

describe('the same thing said again', () => {
  test('within minutes is a count on the first event', async () => {
    recorder.record(note());
    await events();
    await clock.advance(60_000);
    recorder.record(note());
    const all = await events();
    expect(all).toHaveLength(1);
    expect(all[0]?.series).toEqual({ count: 2, lastObservedTime: '2026-01-01T00:01:00.000000Z' });
  });

  test('many times at once is written once more, later, with the whole count', async () => {
    recorder.record(note());
    await events();
    for (let i = 0; i < 50; i++) recorder.record(note());
    await events();
    expect(server.requests()).toMatchObject({ 'create Event': 1 });
    expect(server.requests()).not.toHaveProperty('patch Event');
    await clock.advance(30_000);
    expect((await events())[0]?.series?.count).toBe(51);
    expect(server.requests()).toMatchObject({ 'create Event': 1, 'patch Event': 1 });
  });

  test('after a long silence is a new event', async () => {
    recorder.record(note());
    await events();
    await clock.advance(10 * 60_000);
    recorder.record(note());
    expect(await events()).toHaveLength(2);
  });

  test('after the server has forgotten the event makes another that has the count', async () => {
    recorder.record(note());
    const [first] = await events();
    await server.client().delete(KubeEventType, { namespace: 'team', name: first?.metadata.name ?? '' }, {}, signal);
    await clock.advance(60_000);
    recorder.record(note());
    expect((await events()).map(({ series }) => series?.count)).toEqual([2]);
  });

  test('with another message is another event', async () => {
    recorder.record(note('one'));
    recorder.record(note('two'));
    expect((await events()).map((event) => event.note).sort()).toEqual(['one', 'two']);
  });
});

describe('an object that tells too much', () => {
  test('has ten events of one reason, and one that counts the others', async () => {
    for (let i = 0; i < 100; i++) recorder.record(note(`number ${String(i)}`));
    expect(await events()).toHaveLength(11);
    await clock.advance(30_000);
    const combined = (await events()).find((event) => event.note.startsWith('(combined from similar events):'));
    expect(combined?.note).toBe('(combined from similar events): number 10');
    expect(combined?.series?.count).toBe(90);
  });

  test('is heard 25 times at once, and then once a minute', async () => {
    const say = (from: number, to: number): void => {
      for (let i = from; i < to; i++) recorder.record({ ...note(), reason: `Reason${String(i)}` });
    };
    say(0, 1000);
    expect(await events()).toHaveLength(25);
    await clock.advance(60_000);
    say(1000, 2000);
    expect(await events()).toHaveLength(26);
  });

  test('is heard when it has a warning, and drowns nobody else', async () => {
    for (let i = 0; i < 1000; i++) recorder.record({ ...note(), reason: `Reason${String(i)}` });
    recorder.record({ ...note(), type: 'Warning' });
    recorder.record({ ...note(), object: named('other') });
    const said = (await events()).map(({ type, regarding }) => `${type} ${regarding.name}`);
    expect(said).toContain('Warning dev');
    expect(said).toContain('Normal other');
  });

  test('is counted on what it said before, however much it has told', async () => {
    recorder.record(note());
    for (let i = 0; i < 1000; i++) recorder.record({ ...note(), reason: `Reason${String(i)}` });
    recorder.record(note());
    await clock.advance(30_000);
    expect((await events()).find(({ reason }) => reason === 'ContainerCreated')?.series?.count).toBe(2);
  });
});

describe('a recorder', () => {
  test.each([
    ['can not be asked', new KubeUnreachable('down')],
    ['refuses', new KubeApiError(403, 'Forbidden', 'no')],
  ])('logs that the server %s, and goes on', async (_, error) => {
    server.onRequest = () => error;
    recorder.record(note('one'));
    await recorder.flush();
    expect(warnings).toEqual(['Event was not written']);
    server.onRequest = undefined;
    recorder.record(note('two'));
    expect(await events()).toHaveLength(1);
  });

  test('drops what is more than it can hold, and says how much', async () => {
    for (let i = 0; i < 2000; i++) recorder.record({ ...note(), object: named(`number-${String(i)}`) });
    expect((await events()).length).toBeLessThanOrEqual(501);
    expect(warnings).toEqual(['Events were dropped: more happened than could be written']);
  });

  test('leaves nothing running when it is told to end', async () => {
    recorder.record(note());
    await events();
    recorder.record(note());
    expect(clock.pending).toBe(1);
    stop.abort();
    expect(clock.pending).toBe(0);
    recorder.record(note('late'));
    await recorder.flush();
    expect(server.requests()).toMatchObject({ 'create Event': 1 });
  });
});
