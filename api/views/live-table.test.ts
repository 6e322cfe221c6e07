import { expect, test } from '@jest/globals';
import type { NodeRow } from '../wire/rows.ts';
import { LiveTable } from './live-table.ts';

const row = (name: string, state: NodeRow['state'] = 'ready'): NodeRow => ({
  name,
  id: '',
  image: '',
  cluster: 'dev',
  state,
  address: '',
  os: '',
  kernel: '',
  user: 'local',
  cluster_id: '718bef86-7dfe-46c0-bf4e-3dfea83c6c28',
});

test('a snapshot has every kind that is shown, those without rows as well', () => {
  const table = new LiveTable(['clusters', 'nodes']);
  table.put('nodes', '1', row('a'));
  expect(table.snapshot()).toEqual([{ clusters: [] }, { nodes: [row('a')] }]);
});

test('changes are the rows that differ, and nothing of what the snapshot had', async () => {
  const table = new LiveTable(['nodes']);
  table.put('nodes', '1', row('a'));
  table.snapshot();
  const changes = table.changes(new AbortController().signal);
  table.put('nodes', '1', row('a'));
  table.put('nodes', '2', row('b', 'running'));
  expect((await changes.next()).value).toEqual({ nodes: [row('b', 'running')] });
});

test('a row that is gone comes once more, as deleted', async () => {
  const table = new LiveTable(['nodes']);
  table.put('nodes', '1', row('a'));
  table.snapshot();
  const changes = table.changes(new AbortController().signal);
  table.drop('nodes', '1');
  table.drop('nodes', '1');
  expect((await changes.next()).value).toEqual({ nodes: [row('a', 'deleted')] });
  expect(table.snapshot()).toEqual([{ nodes: [] }]);
  table.put('nodes', '2', row('b'));
  expect((await changes.next()).value).toEqual({ nodes: [row('b')] });
});

test('whoever is slow gets each row once, as it is by then', async () => {
  const table = new LiveTable(['nodes']);
  table.snapshot();
  for (let i = 0; i < 10_000; i++) table.put('nodes', String(i % 3), { ...row(`n${String(i % 3)}`), os: String(i) });
  const changes = table.changes(new AbortController().signal);
  expect((await changes.next()).value).toEqual({
    nodes: [9997, 9998, 9999].map((i) => ({ ...row(`n${String(i % 3)}`), os: String(i) })),
  });
});

test('a later snapshot takes no change away from whoever waits for them', async () => {
  const table = new LiveTable(['nodes']);
  table.snapshot();
  table.put('nodes', '1', row('a'));
  expect(table.snapshot()).toEqual([{ nodes: [row('a')] }]);
  expect((await table.changes(new AbortController().signal).next()).value).toEqual({ nodes: [row('a')] });
});

test('changes wake whoever waits, end with their signal, and with what has failed', async () => {
  const table = new LiveTable(['nodes']);
  const stop = new AbortController();
  const first = table.changes(stop.signal);
  const waiting = first.next();
  table.put('nodes', '1', row('a'));
  expect((await waiting).value).toEqual({ nodes: [row('a')] });
  const ending = first.next();
  stop.abort();
  expect((await ending).done).toBe(true);

  const failing = table.changes(new AbortController().signal).next();
  table.fail(new Error('no right'));
  await expect(failing).rejects.toThrow('no right');
});

test('what is not shown is not kept', () => {
  const table = new LiveTable(['clusters']);
  table.put('nodes', '1', row('a'));
  expect(table.snapshot()).toEqual([{ clusters: [] }]);
});

test('a row that is called otherwise is another one, and the old one is gone', async () => {
  const table = new LiveTable(['nodes']);
  table.put('nodes', '1', row('a'));
  table.snapshot();
  table.put('nodes', '1', row('b'));
  const changes = table.changes(new AbortController().signal);
  expect((await changes.next()).value).toEqual({ nodes: [row('a', 'deleted'), row('b')] });
});
