import { expect, test } from '@jest/globals';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import { BridgeWorld, messagesIn, rowsIn } from '../../test/fixtures/bridge/commands.ts';

test('add cluster tells of every step, and ends when the cluster is Ready', async () => {
  const sim = await simulation();
  const { sent, failure } = await new BridgeWorld(sim).run('add cluster dev');
  expect(failure()).toBeUndefined();
  expect(sim.ready('dev')).toBe(true);
  const messages = messagesIn(sent);
  expect(messages.at(-1)).toBe('Cluster dev is ready.');
  expect(messages).toEqual([...new Set(messages)]);
  const states = rowsIn(sent, 'clusters').map(({ state }) => state);
  expect([...new Set(states)]).toEqual(['created', 'running', 'ready']);
  expect(
    rowsIn(sent, 'nodes')
      .filter(({ state }) => state === 'ready')
      .map(({ type }) => type),
  ).toEqual([0, 1, 1]);
});
