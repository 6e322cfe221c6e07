import { expect, test } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { HttpKubeClient } from './http-client.ts';
import { impersonationHeaders, sendingAs } from './impersonation.ts';
import { ConfigMapType } from './kinds.ts';
import type { ApiRequest, Sender } from './transport.ts';

const { signal } = new AbortController();
const alice = { user: 'qbo:user:alice', groups: ['qbo:users', 'qbo:team'] };

/** Refuses everything, and remembers what it was sent. */
function listening(): { sender: Sender; sent: ApiRequest[]; closed: () => number } {
  const sent: ApiRequest[] = [];
  let closings = 0;
  const sender: Sender = {
    server: 'https://10.0.0.1:6443',
    send: (request) => {
      sent.push(request);
      return Promise.reject<IncomingMessage>(new Error('nobody there'));
    },
    close: () => {
      closings += 1;
    },
  };
  return { sender, sent, closed: () => closings };
}

test('every request of a client that acts as somebody says so', async () => {
  const { sender, sent } = listening();
  const client = new HttpKubeClient(sendingAs(sender, alice), 1_000);
  const key = { namespace: 'team', name: 'a' };
  const calls = [
    client.get(ConfigMapType, key, signal),
    client.list(ConfigMapType, {}, signal),
    client.watch(ConfigMapType, { resourceVersion: '1' }, signal)[Symbol.asyncIterator]().next(),
    client.create(ConfigMapType, { apiVersion: 'v1', kind: 'ConfigMap', metadata: key }, signal),
    client.update(ConfigMapType, { apiVersion: 'v1', kind: 'ConfigMap', metadata: key }, signal),
    client.apply(
      ConfigMapType,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: key },
      { fieldManager: 'qbo' },
      signal,
    ),
    client.mergePatch(ConfigMapType, key, {}, signal),
    client.delete(ConfigMapType, key, {}, signal),
    client.evict(key, signal),
    client.requestToken(key, 600, signal),
    client.raw('/readyz', signal),
  ];
  expect((await Promise.allSettled(calls)).every(({ status }) => status === 'rejected')).toBe(true);
  expect(sent).toHaveLength(calls.length);
  for (const request of sent) expect(request.as).toEqual(alice);
});

test('user and groups are headers of their own', () => {
  expect(impersonationHeaders(alice)).toEqual({
    'impersonate-user': 'qbo:user:alice',
    'impersonate-group': ['qbo:users', 'qbo:team'],
  });
});

test('nobody acts as somebody without a name, which would be with our own rights', () => {
  expect(() => sendingAs(listening().sender, { user: '', groups: ['qbo:admins'] })).toThrow('who has no name');
  expect(() => impersonationHeaders({ user: '', groups: [] })).toThrow('who has no name');
});

test('closing one leaves the connections to the others', () => {
  const { sender, closed } = listening();
  sendingAs(sender, alice).close();
  expect(closed()).toBe(0);
});
