import { beforeEach, expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import { Controller, TerminalError } from './controller.ts';
import { silentLogger } from './log.ts';
import { Metrics } from './metrics.ts';
import { Reflector } from './reflector.ts';
import { failure, ScriptedServer } from './scripted-server.ts';

let clock: FakeClock;
let metrics: Metrics;

beforeEach(() => {
  clock = new FakeClock();
  metrics = new Metrics();
});

/** The lines of one metric, without help and type. */
const lines = async (name: string): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line));

test('every series of a controller is there, at zero, before its first reconcile', async () => {
  metrics.controller('nodes');

  expect(await lines('controller_runtime_reconcile_total')).toEqual([
    'controller_runtime_reconcile_total{controller="nodes",result="success"} 0',
    'controller_runtime_reconcile_total{controller="nodes",result="error"} 0',
    'controller_runtime_reconcile_total{controller="nodes",result="requeue"} 0',
    'controller_runtime_reconcile_total{controller="nodes",result="requeue_after"} 0',
  ]);
  for (const name of [
    'controller_runtime_reconcile_errors_total',
    'controller_runtime_terminal_reconcile_errors_total',
    'controller_runtime_reconcile_time_seconds_count',
    'controller_runtime_active_workers',
    'workqueue_adds_total',
    'workqueue_retries_total',
    'workqueue_queue_duration_seconds_count',
    'workqueue_work_duration_seconds_count',
  ]) {
    expect(await lines(name)).toEqual([expect.stringMatching(/\{.*controller="nodes".*\} 0$/)]);
  }
});

test('a controller’s work is counted under controller-runtime’s names', async () => {
  const answers = [new Error('broken'), new TerminalError('no use')];
  const controller = new Controller({
    name: 'nodes',
    clock,
    log: silentLogger,
    concurrency: 4,
    metrics: metrics.controller('nodes'),
    reconcile: async (_key, { signal }) => {
      await clock.sleep(2000, signal);
      const error = answers.shift();
      if (error !== undefined) throw error;
      return {};
    },
  });
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  controller.enqueue({ namespace: '', name: 'a' });
  await clock.advance(500);
  expect(await lines('controller_runtime_active_workers')).toEqual([
    'controller_runtime_active_workers{controller="nodes"} 1',
  ]);
  expect(await lines('workqueue_longest_running_processor_seconds')).toEqual([
    'workqueue_longest_running_processor_seconds{name="nodes",controller="nodes"} 0.5',
  ]);
  await clock.advance(60_000);
  controller.enqueue({ namespace: '', name: 'a' });
  await clock.advance(60_000);

  expect(await lines('controller_runtime_reconcile_total')).toEqual(
    expect.arrayContaining([
      'controller_runtime_reconcile_total{controller="nodes",result="success"} 1',
      'controller_runtime_reconcile_total{controller="nodes",result="error"} 2',
    ]),
  );
  expect(await lines('controller_runtime_terminal_reconcile_errors_total')).toEqual([
    'controller_runtime_terminal_reconcile_errors_total{controller="nodes"} 1',
  ]);
  expect(await lines('controller_runtime_reconcile_time_seconds_sum')).toEqual([
    'controller_runtime_reconcile_time_seconds_sum{controller="nodes"} 6',
  ]);
  expect(await lines('controller_runtime_max_concurrent_reconciles')).toEqual([
    'controller_runtime_max_concurrent_reconciles{controller="nodes"} 4',
  ]);
  expect(await lines('controller_runtime_active_workers')).toEqual([
    'controller_runtime_active_workers{controller="nodes"} 0',
  ]);
  expect(await lines('workqueue_adds_total')).toEqual(['workqueue_adds_total{name="nodes",controller="nodes"} 3']);
  expect(await lines('workqueue_retries_total')).toEqual([
    'workqueue_retries_total{name="nodes",controller="nodes"} 1',
  ]);
  expect(await lines('workqueue_depth')).toEqual(['workqueue_depth{name="nodes",controller="nodes"} 0']);
  stop.abort();
  await running;
});

test('a reflector’s lists, watches and failures are counted', async () => {
  const server = new ScriptedServer();
  server.put('a');
  server.listFaults.push(failure(500, 'InternalError'));
  const reflector = new Reflector({
    name: 'nodes',
    source: server,
    clock,
    log: silentLogger,
    random: () => 0,
    metrics: metrics.reflector('nodes'),
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  expect(await lines('reflector_synced')).toEqual(['reflector_synced{name="nodes"} 0']);
  await clock.advance(400);

  expect(await lines('reflector_synced')).toEqual(['reflector_synced{name="nodes"} 1']);
  expect(await lines('reflector_objects')).toEqual(['reflector_objects{name="nodes"} 1']);
  expect(await lines('reflector_lists_total')).toEqual(['reflector_lists_total{name="nodes"} 1']);
  expect(await lines('reflector_watches_total')).toEqual(['reflector_watches_total{name="nodes"} 1']);
  expect(await lines('reflector_failures_total')).toEqual(['reflector_failures_total{name="nodes"} 1']);
  expect(await lines('reflector_handler_errors_total')).toEqual(['reflector_handler_errors_total{name="nodes"} 0']);
  expect(await lines('reflector_last_event_timestamp_seconds')).toEqual([
    `reflector_last_event_timestamp_seconds{name="nodes"} ${String(clock.now() / 1000)}`,
  ]);
  stop.abort();
  await running;
});

test('requests and leadership are shown', async () => {
  metrics.requested(200, 'GET', '127.0.0.1:6443');
  metrics.requested('<error>', 'GET', '127.0.0.1:6443');
  metrics.leading('operator', false);
  metrics.leading('operator', true);

  expect(await lines('rest_client_requests_total')).toEqual([
    'rest_client_requests_total{code="200",method="GET",host="127.0.0.1:6443"} 1',
    'rest_client_requests_total{code="<error>",method="GET",host="127.0.0.1:6443"} 1',
  ]);
  expect(await lines('leader_election_master_status')).toEqual(['leader_election_master_status{name="operator"} 1']);
});

test('two sets of metrics do not know each other', async () => {
  new Metrics().controller('nodes');

  expect(await lines('controller_runtime_reconcile_total')).toEqual([]);
});
