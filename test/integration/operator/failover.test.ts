import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { AuditedWrite } from '../../fixtures/api-server/index.ts';
import { Failover, OURS } from '../../fixtures/many/failover.ts';

jest.setTimeout(300_000);

/** Longer than a lease, and than anything that a frozen replica had begun could take. */
const LATER_MS = 4_000;

describe.each(['kill', 'freeze'] as const)('when the leader of two replicas meets a %s', (fate) => {
  let failover: Failover;

  beforeAll(async () => {
    failover = await Failover.start();
  });

  afterAll(async () => failover?.remove());

  test('the other one goes on with what was begun, and the two never write in turns', async () => {
    const { many, leader, other } = failover;
    await many.declare(3);
    await many.untilReady(3, 60_000);
    // More work than is done at once: the leader is in the middle of it.
    await many.declare(12, 3);

    await failover.strike(fate);

    await many.untilReady(15, 120_000);
    expect(await other.leads()).toBe(true);
    await failover.recover(fate);
    await delay(LATER_MS);
    const writes = (await many.server.writes()).filter(OURS);
    const [first = '', second = '', ...more] = agentsInOrder(writes);
    expect(more).toEqual([]);
    expect([first, second].every((agent) => agent.startsWith('qbo-operator ('))).toBe(true);
    const beginning = writes.find(({ userAgent }) => userAgent === second)?.answeredAt ?? Infinity;
    // Half of a request may have been sent when it was frozen: nobody can call that back. It begins nothing later.
    expect(writes.filter(({ userAgent, receivedAt }) => userAgent === first && receivedAt > beginning)).toEqual([]);
    // Whoever was frozen has ended by itself: it can not know what it missed.
    expect(leader.operator.isRunning).toBe(false);
    const names = await many.beside<string[]>('names');
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(45);
  });
});

/** Who wrote, in the order of their first writes. */
const agentsInOrder = (writes: readonly AuditedWrite[]): string[] => [
  ...new Set(writes.map(({ userAgent }) => userAgent)),
];
