/** What a cluster costs that nobody does anything with, and what making it has cost the API server. */
import { setTimeout as delay } from 'node:timers/promises';

import type { Installation } from '../../test/fixtures/operator/installation.ts';
import { cpuSecondsOf } from '../../test/fixtures/many/replica.ts';
import { serverWrites } from '../../test/fixtures/operator/server-writes.ts';
import { withCluster } from './one-cluster.ts';
import { figures, rounded, type Figure, type Results } from './report.ts';

const SETTLE_MS = 20_000;
const IDLE_MS = 60_000;

export const benchIdle = (): Promise<Results> => withCluster(idle);

async function idle({ kube, operator }: Installation): Promise<Results> {
  await delay(SETTLE_MS);
  // The user's own, and what installed the definitions, is not the operator's; it is little, and counted all the same.
  const toMake = await serverWrites(kube);
  const cpu = await cpuSecondsOf(operator.pid);
  await delay(IDLE_MS);
  const all: Figure[] = [
    { name: 'API writes a minute', value: (await serverWrites(kube)) - toMake, unit: '', target: 1 },
    { name: 'processor time of the operator a minute', value: (await cpuSecondsOf(operator.pid)) - cpu, unit: 's' },
    { name: 'API writes for the cluster', value: toMake, unit: '' },
    { name: 'processor time of the operator for it', value: cpu, unit: 's' },
  ];
  process.stdout.write(`${figures('A cluster of three nodes at rest:', all)}\n\n`);
  return { idle: Object.fromEntries(all.map(({ name, value, unit }) => [`${name} ${unit}`.trim(), rounded(value)])) };
}
