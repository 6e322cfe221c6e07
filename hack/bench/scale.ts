/** Thousands of clusters over an engine in memory, on a real API server: what they cost, at work and at rest. */
import { setTimeout as delay } from 'node:timers/promises';

import { ClusterKind } from '../../crds/cluster.ts';
import { Many } from '../../test/fixtures/many/many.ts';
import type { Replica } from '../../test/fixtures/many/replica.ts';
import { inDefault } from '../../test/fixtures/operator/objects.ts';
import { serverWrites } from '../../test/fixtures/operator/server-writes.ts';
import { bucketsOf, quantile, sumOf, type Samples } from './histogram.ts';
import { figures, rounded, type Figure, type Results } from './report.ts';

const RECONCILE = 'controller_runtime_reconcile_time_seconds';
const IDLE_MS = 60_000;
/** What was under way when the last cluster became Ready. */
const SETTLE_MS = 10_000;
const PATIENCE_MS = 45 * 60_000;
const LOOK_MS = 20;

export async function benchScale(count: number): Promise<Results> {
  await using many = await Many.start({ haste: 5 });
  const replica = await many.replica('operator');
  await replica.start();
  await until(() => replica.isSynced());
  const baseline = await replica.memory();
  const startedAt = performance.now();
  await many.declare(count);
  const declared = since(startedAt);
  await many.untilReady(count, PATIENCE_MS);
  const made = { allReady: since(startedAt), cpu: await replica.cpuSeconds(), metrics: await replica.metrics() };
  const idle = await rest(many, replica, made.metrics, count);
  const memory = await replica.memory();
  const again = await restart(many, replica, count);
  const all: Figure[] = [
    { name: 'declared', value: declared, unit: 's' },
    { name: 'all Ready', value: made.allReady, unit: 's' },
    { name: 'processor time of it', value: made.cpu, unit: 's' },
    { name: 'p99 of reconciles meanwhile', value: p99(made.metrics), unit: 's' },
    { name: 'API writes in the idle minute', value: idle.writes, unit: '', target: 1 },
    { name: 'revisions of etcd in it', value: idle.revisions, unit: '', target: 1 },
    { name: 'processor time in it', value: idle.cpu, unit: 's' },
    { name: 'p99 of reconciles in it', value: idle.p99, unit: 's', target: 0.25 },
    { name: 'resident memory', value: memory.now, unit: 'MiB', target: 500 },
    { name: 'resident memory, most', value: memory.peak, unit: 'MiB', target: 1024 },
    { name: 'resident memory with no cluster', value: baseline.now, unit: 'MiB' },
    { name: 'restart to caches filled', value: again.synced, unit: 's', target: 30 },
    { name: 'restart to every object looked at', value: again.lookedAt, unit: 's' },
    { name: 'live edit meanwhile', value: again.edit, unit: 's', target: 1 },
    { name: 'p99 of reconciles after the restart', value: again.p99, unit: 's', target: 0.25 },
    { name: 'API writes after the restart', value: again.writes, unit: '', target: 1 },
  ];
  process.stdout.write(`${figures(`${String(count)} clusters of three nodes, in memory:`, all)}\n\n`);
  const values = Object.fromEntries(all.map(({ name, value, unit }) => [`${name} ${unit}`.trim(), rounded(value)]));
  return { [`scale_${String(count)}`]: { ...values, 'calls per cluster and idle minute': idle.calls } };
}

async function rest(many: Many, replica: Replica, before: Samples, count: number) {
  // What goes on in thousands of nodes is on this machine's processors too: from here on, no more of it than there would be.
  await many.beside('pace', 1);
  await delay(SETTLE_MS);
  const [writes, revision, cpu] = [await serverWrites(many.kube), await many.revision(), await replica.cpuSeconds()];
  const metrics = await replica.metrics();
  await many.beside('tally');
  await delay(IDLE_MS);
  const calls = await many.beside<Record<string, number>>('tally');
  const after = await replica.metrics();
  const gets = sumOf(after, 'rest_client_requests_total', isGet) - sumOf(metrics, 'rest_client_requests_total', isGet);
  const perCluster = (calls_: number): number => rounded(calls_ / count);
  return {
    revisions: (await many.revision()) - revision,
    writes: (await serverWrites(many.kube)) - writes,
    cpu: (await replica.cpuSeconds()) - cpu,
    p99: p99(after, metrics),
    reconciles: sumOf(after, `${RECONCILE}_count`) - sumOf(before, `${RECONCILE}_count`),
    calls: {
      'management API': perCluster(gets),
      ...Object.fromEntries(Object.entries(calls).map(([name, number]) => [name, perCluster(number)])),
    },
  };
}

const isGet = (series: string): boolean => series.includes('method="GET"');

/** Kills the operator, and edits a cluster as soon as the next one knows what there is. */
async function restart(many: Many, replica: Replica, count: number) {
  await replica.operator.kill();
  const writes = await serverWrites(many.kube);
  const startedAt = performance.now();
  await replica.start();
  await until(() => replica.isSynced());
  const synced = since(startedAt);
  const edit = await timeOfEdit(many, `c${String(Math.floor(count / 2))}`);
  await until(async () => {
    const metrics = await replica.metrics();
    return sumOf(metrics, `${RECONCILE}_count`) >= 5 * count;
  });
  const lookedAt = since(startedAt);
  // The edit, and what came of it.
  const ofEdit = 2;
  return {
    synced,
    edit,
    lookedAt,
    p99: p99(await replica.metrics()),
    writes: (await serverWrites(many.kube)) - writes - ofEdit,
  };
}

/** From a change of a Cluster to the status that speaks of it. Nothing has to be done for it but that. */
async function timeOfEdit(many: Many, name: string): Promise<number> {
  const signal = AbortSignal.timeout(120_000);
  const key = inDefault(name);
  const startedAt = performance.now();
  const { metadata } = await many.kube.mergePatch(
    ClusterKind,
    key,
    { spec: { remediation: { timeout: '7m' } } },
    signal,
  );
  await until(async () => {
    const cluster = await many.kube.get(ClusterKind, key, signal);
    return cluster?.status?.observedGeneration === metadata.generation;
  });
  return since(startedAt);
}

const p99 = (samples: Samples, before?: Samples): number => quantile(bucketsOf(samples, RECONCILE, before), 0.99);

const since = (moment: number): number => (performance.now() - moment) / 1000;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(LOOK_MS);
}
