import { beforeEach, expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../crds/cluster.ts';
import { Metrics } from './runtime/metrics.ts';
import { cluster } from '../test/fixtures/world/objects.ts';
import { simulation, type Simulation } from '../test/fixtures/world/simulation.ts';

jest.setTimeout(120_000);

let metrics: Metrics;
let sim: Simulation;

beforeEach(async () => {
  metrics = new Metrics();
  sim = await simulation({ clusters: [cluster('dev', { workers: 2 })], metrics }).settled();
});

/** Value of the one series with this name and labels; undefined when there is none. */
async function value(series: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

const DEV = '{namespace="default",cluster="dev"}';

test('a cluster that is Ready is shown with its nodes', async () => {
  expect(await value(`qbo_cluster_ready${DEV}`)).toBe(1);
  expect(await value(`qbo_cluster_available${DEV}`)).toBe(1);
  expect(await value(`qbo_cluster_nodes${DEV}`)).toBe(3);
  expect(await value(`qbo_cluster_nodes_ready${DEV}`)).toBe(3);
  expect(
    await value('qbo_cluster_info{namespace="default",cluster="dev",version="v1.35.4",power="Running",paused="false"}'),
  ).toBe(1);
  expect(await value('qbo_object_conditions{kind="Node",condition="Healthy",status="True",reason="Ready"}')).toBe(3);
});

test('what is not so any more is shown no more', async () => {
  sim.engine.unavailable(true);
  await sim.pass(60_000);
  expect(await value(`qbo_cluster_ready${DEV}`)).toBe(0);
  expect(
    await value('qbo_object_conditions{kind="Cluster",condition="Ready",status="False",reason="EngineUnavailable"}'),
  ).toBe(1);
  expect(await value('qbo_object_conditions{kind="Cluster",condition="Ready",status="True",reason="Ready"}')).toBe(
    undefined,
  );
  sim.engine.unavailable(false);
  await sim.settled();
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(await metrics.text()).not.toContain('cluster="dev"');
});

test('the time to Ready is that since the creation, and after a loss that since the loss', async () => {
  const create = await value('qbo_cluster_time_to_ready_seconds_sum{cause="create"}');
  const tookMs =
    Date.parse(sim.condition(sim.cluster('dev'), 'Ready')?.lastTransitionTime ?? '') -
    Date.parse(sim.cluster('dev').metadata.creationTimestamp);
  expect(create).toBeGreaterThan(0);
  expect(Math.abs((create ?? 0) - tookMs / 1000)).toBeLessThanOrEqual(1);
  await sim.pass(600_000);
  sim.engine.unavailable(true);
  await sim.pass(60_000);
  sim.engine.unavailable(false);
  await sim.settled();
  expect(await value('qbo_cluster_time_to_ready_seconds_count{cause="create"}')).toBe(1);
  expect(await value('qbo_cluster_time_to_ready_seconds_count{cause="recovery"}')).toBe(1);
  expect(await value('qbo_cluster_time_to_ready_seconds_sum{cause="recovery"}')).toBeLessThan(120);
});

test('repairs are counted, each of them, and those that never happened are there at zero', async () => {
  const name = sim.container(sim.controlPlane('dev')).name;
  expect(await value('qbo_events_total{reason="ContainerRestarted"}')).toBe(0);
  for (let i = 0; i < 3; i++) {
    sim.engine.kill(name);
    await sim.settled();
  }
  expect(await value('qbo_events_total{reason="ContainerRestarted"}')).toBe(3);
  expect(await value('qbo_events_total{reason="DuplicateContainer"}')).toBe(0);
});

test('kubeadm’s runs are measured', async () => {
  expect(await value('qbo_task_duration_seconds_count{task="bootstrap",result="succeeded"}')).toBe(3);
  expect(await value('qbo_task_duration_seconds_count{task="pull",result="failed"}')).toBe(0);
});
