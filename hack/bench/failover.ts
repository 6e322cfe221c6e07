/** Two replicas of the operator: how long nobody acts when the leader is killed, and when it is frozen. */
import { setTimeout as delay } from 'node:timers/promises';

import { Failover, OURS, type Fate } from '../../test/fixtures/many/failover.ts';
import { figures, rounded, type Figure, type Results } from './report.ts';

const READY_MS = 120_000;

export async function benchFailover(): Promise<Results> {
  const all: Figure[] = [];
  for (const fate of ['kill', 'freeze'] as const) {
    all.push({ name: fate, value: await secondsWithoutLeader(fate), unit: 's', target: 20 });
  }
  process.stdout.write(`${figures('From the end of a leader to the first write of the next:', all)}\n\n`);
  return { failover: Object.fromEntries(all.map(({ name, value }) => [`${name} s`, rounded(value)])) };
}

async function secondsWithoutLeader(fate: Fate): Promise<number> {
  const failover = await Failover.start();
  try {
    const { many } = failover;
    await many.declare(1);
    await many.untilReady(1, READY_MS);
    const before = await many.server.writes();
    await failover.strike(fate);
    const struckAt = Date.now();
    // Something to be done.
    await many.declare(1, 1);
    await many.untilReady(2, READY_MS);
    await failover.recover(fate);
    // The server may be a little late with writing down.
    await delay(1_000);
    const known = new Set(before.filter(OURS).map(({ userAgent }) => userAgent));
    const first = (await many.server.writes()).filter(OURS).find(({ userAgent }) => !known.has(userAgent));
    if (first === undefined) throw new Error('The other replica has written nothing');
    return (first.answeredAt - struckAt) / 1000;
  } finally {
    await failover.remove();
  }
}
