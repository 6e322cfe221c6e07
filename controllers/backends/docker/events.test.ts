import { afterEach, expect, test } from '@jest/globals';
import { EngineUnavailable } from '../../../crds/errors.ts';
import { silentLogger } from '../../runtime/log.ts';
import { fakeEngine, json } from './fake-engine.ts';
import type { FakeEngine, Route } from './fake-engine.ts';
import { dockerContainers } from './index.ts';

let engine: FakeEngine;

const event = (Type: string, Action: string, ID: string, Attributes: Record<string, string>): string =>
  `${JSON.stringify({ Type, Action, Actor: { ID, Attributes } })}\n`;

async function heard(events: Route, signal = new AbortController().signal): Promise<string[]> {
  engine = await fakeEngine({
    'GET /networks': (response) => {
      json(response, 200, [{ Id: 'n1', Name: 'dev', Labels: { 'qbo.io/id': 'net-uid' } }]);
    },
    'GET /containers/c1/json': (response) => {
      json(response, 200, { Config: { Labels: { 'qbo.io/id': 'node-uid' } } });
    },
    'GET /events': events,
  });
  const { changes } = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  const owners: string[] = [];
  for await (const owner of changes(signal)) owners.push(owner);
  return owners;
}

afterEach(async () => {
  await engine.remove();
});

test('events are read wherever the stream is cut, and it ends when the engine ends it', async () => {
  const line = event('container', 'die', 'c9', { 'qbo.io/id': 'grün' });
  const bytes = Buffer.from(line + line);
  const owners = await heard((response) => {
    response.write(bytes.subarray(0, 85));
    setImmediate(() => {
      response.write(bytes.subarray(85, line.length + 20));
      setImmediate(() => response.end(bytes.subarray(line.length + 20)));
    });
  });
  expect(owners).toEqual(['grün', 'grün']);
});

test('a stream that is cut off in the middle of an event ends with the events before', async () => {
  const owners = await heard((response) => {
    response.write(event('container', 'die', 'c9', { 'qbo.io/id': 'a' }) + '{"Type":"contai', () => response.destroy());
  });
  expect(owners).toEqual(['a']);
});

test("an event of a network is its owner's and the container's, also when the network is gone", async () => {
  const owners = await heard((response) => {
    response.write(event('network', 'disconnect', 'n1', { name: 'dev', container: 'c1' }));
    response.write(event('network', 'destroy', 'n1', { name: 'dev' }));
    response.end(event('network', 'disconnect', 'n2', { name: 'foreign', container: 'gone' }));
  });
  expect(owners).toEqual(['net-uid', 'node-uid', 'net-uid']);
});

test('events of what has no owner are passed over', async () => {
  expect(
    await heard((response) => {
      response.end(event('container', 'die', 'c9', { name: 'web' }));
    }),
  ).toEqual([]);
});

test('commands in containers are not asked for', async () => {
  let filters: unknown;
  await heard((response, request) => {
    filters = JSON.parse(new URL(request.url ?? '', 'http://engine').searchParams.get('filters') ?? '{}');
    response.end();
  });
  expect(filters).toMatchObject({
    type: ['container', 'network'],
    event: expect.arrayContaining(['die', 'disconnect']),
  });
  expect(JSON.stringify(filters)).not.toContain('exec');
});

test('an engine that is away can not be listened to', async () => {
  engine = await fakeEngine({});
  const { changes } = dockerContainers({ socketPath: `${engine.socketPath}.not` }, silentLogger);
  const first = changes(new AbortController().signal)[Symbol.asyncIterator]().next();
  await expect(first).rejects.toBeInstanceOf(EngineUnavailable);
});

test('an abort ends the stream, and the engine hears of it', async () => {
  const closed = Promise.withResolvers<unknown>();
  const stop = new AbortController();
  const reason = new Error('no longer wanted');
  const listening = heard((response) => {
    response.once('close', closed.resolve);
    response.write(event('container', 'die', 'c9', { 'qbo.io/id': 'a' }), () => {
      stop.abort(reason);
    });
  }, stop.signal);
  await expect(listening).rejects.toBe(reason);
  await closed.promise;
});
