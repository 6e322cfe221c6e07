import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ControllerMetrics, Outcome } from './controller.ts';
import { toOpenMetrics, type MetricsFormat } from './openmetrics.ts';
import type { QueueMetrics } from './queue.ts';
import type { ReflectorMetrics } from './reflector.ts';

/** controller-runtime's names for what a reconcile came to. */
const RESULT: Readonly<Record<Outcome, 'success' | 'error' | 'requeue' | 'requeue_after' | undefined>> = {
  success: 'success',
  error: 'error',
  terminal: 'error',
  requeue: 'requeue',
  requeue_after: 'requeue_after',
  aborted: undefined,
};

const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BUCKETS = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600];

export type Labels<L extends string> = Readonly<Record<L, string>>;

export interface Description<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
}

export interface Sample<L extends string> {
  readonly labels: Labels<L>;
  readonly value: number;
}

type Bound<M extends { bind(target: never): void }> = Parameters<M['bind']>[0];

/**
 * Everything that is counted, under the names that controller-runtime and client-go gave it, so that their dashboards and
 * alerts work. Every series exists, at zero, from the moment that its controller or reflector is made: an alert on a rate
 * must not miss the first failure. The one importer of prom-client; its global registry is not used.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly #reconciles = this.#counter('controller_runtime_reconcile_total', 'Reconciles by result', [
    'controller',
    'result',
  ]);
  readonly #errors = this.#counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed', [
    'controller',
  ]);
  readonly #terminalErrors = this.#counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Reconciles that failed and are not tried again',
    ['controller'],
  );
  readonly #timeouts = this.#counter(
    'controller_runtime_reconcile_timeouts_total',
    'Reconciles that were told to stop because they took too long',
    ['controller'],
  );
  readonly #reconcileTime = this.#histogram(
    'controller_runtime_reconcile_time_seconds',
    'Length of reconciles',
    ['controller'],
    RECONCILE_BUCKETS,
  );
  readonly #activeWorkers = this.#gauge('controller_runtime_active_workers', 'Reconciles that run now', ['controller']);
  readonly #maxWorkers = this.#gauge(
    'controller_runtime_max_concurrent_reconciles',
    'Reconciles that may run at once',
    ['controller'],
  );

  readonly #queues = new Map<string, Bound<QueueMetrics>>();
  readonly #adds = this.#counter('workqueue_adds_total', 'Keys added to the queue', ['name', 'controller']);
  readonly #retries = this.#counter('workqueue_retries_total', 'Keys added again after a failure', [
    'name',
    'controller',
  ]);
  readonly #queueTime = this.#histogram(
    'workqueue_queue_duration_seconds',
    'How long keys wait until they are taken',
    ['name', 'controller'],
    QUEUE_BUCKETS,
  );
  readonly #workTime = this.#histogram(
    'workqueue_work_duration_seconds',
    'How long keys are worked on',
    ['name', 'controller'],
    QUEUE_BUCKETS,
  );

  readonly #reflectors = new Map<string, Bound<ReflectorMetrics>>();
  readonly #lists = this.#counter('reflector_lists_total', 'Lists that were taken over', ['name']);
  readonly #watches = this.#counter('reflector_watches_total', 'Watches that were opened', ['name']);
  readonly #failures = this.#counter('reflector_failures_total', 'Lists and watches that failed', ['name']);
  readonly #handlerErrors = this.#counter('reflector_handler_errors_total', 'Handlers of changes that threw', ['name']);

  readonly #requests = this.#counter('rest_client_requests_total', 'Requests to API servers by their answer', [
    'code',
    'method',
    'host',
  ]);
  readonly #leading = this.#gauge('leader_election_master_status', '1 while this replica holds the lease', ['name']);

  /** `process`: also what Node.js tells of itself (CPU, memory, event loop). */
  constructor(options: { readonly process?: boolean } = {}) {
    this.#readQueues();
    this.#readReflectors();
    if (options.process === true) collectDefaultMetrics({ register: this.#registry });
  }

  /** All metrics, as text that Prometheus reads. */
  async text(format: MetricsFormat = 'prometheus'): Promise<string> {
    const text = await this.#registry.metrics();
    return format === 'openmetrics' ? toOpenMetrics(text) : text;
  }

  /** A gauge whose series are read when somebody asks; those that are not read any more are gone. */
  read<L extends string>({ name, help, labelNames }: Description<L>, samples: () => Iterable<Sample<L>>): void {
    const gauge: Gauge<L> = this.#gauge(name, help, labelNames, () => {
      gauge.reset();
      for (const { labels, value } of samples()) gauge.set(labels, value);
    });
  }

  /** Counts what happens. Call it with 0 for every series at the start. */
  count<L extends string>(what: Description<L>): (labels: Labels<L>, by?: number) => void {
    const counter = this.#counter(what.name, what.help, what.labelNames);
    return (labels, by = 1) => {
      counter.inc(labels, by);
    };
  }

  /** Counts how long things take, in seconds. */
  measure<L extends string>(
    { name, help, labelNames, buckets }: Description<L> & { readonly buckets: readonly number[] },
    zero: readonly Labels<L>[],
  ): (labels: Labels<L>, seconds: number) => void {
    const histogram = this.#histogram(name, help, labelNames, [...buckets]);
    for (const labels of zero) histogram.zero(labels);
    return (labels, seconds) => {
      histogram.observe(labels, seconds);
    };
  }

  controller(controller: string): ControllerMetrics {
    for (const result of Object.values(RESULT)) {
      if (result !== undefined) this.#reconciles.inc({ controller, result }, 0);
    }
    for (const counter of [this.#errors, this.#terminalErrors, this.#timeouts]) counter.inc({ controller }, 0);
    this.#reconcileTime.zero({ controller });
    this.#activeWorkers.set({ controller }, 0);
    return {
      queue: this.#queue(controller),
      starting: (concurrency) => {
        this.#maxWorkers.set({ controller }, concurrency);
      },
      reconciling: () => {
        this.#activeWorkers.inc({ controller });
      },
      reconciled: (outcome, tookMs) => {
        this.#reconciled(controller, outcome, tookMs);
      },
      timedOut: () => {
        this.#timeouts.inc({ controller });
      },
    };
  }

  reflector(name: string): ReflectorMetrics {
    const counters = [this.#lists, this.#watches, this.#failures, this.#handlerErrors];
    for (const counter of counters) counter.inc({ name }, 0);
    const [listed, watched, failed, handlerFailed] = counters.map((counter) => () => {
      counter.inc({ name });
    }) as [() => void, () => void, () => void, () => void];
    const bind: ReflectorMetrics['bind'] = (reflector) => this.#reflectors.set(name, reflector);
    return { bind, listed, watched, failed, handlerFailed };
  }

  /** One request to an API server has been answered; `code` is the HTTP status, or `<error>` when there was none. */
  requested(code: string | number, method: string, host: string): void {
    this.#requests.inc({ code, method, host });
  }

  /** This replica began or ceased to lead; call it with false at the start. */
  leading(name: string, isLeading: boolean): void {
    this.#leading.set({ name }, Number(isLeading));
  }

  #reconciled(controller: string, outcome: Outcome, tookMs: number): void {
    this.#activeWorkers.dec({ controller });
    this.#reconcileTime.observe({ controller }, tookMs / 1000);
    const result = RESULT[outcome];
    if (result !== undefined) this.#reconciles.inc({ controller, result });
    if (result === 'error') this.#errors.inc({ controller });
    if (outcome === 'terminal') this.#terminalErrors.inc({ controller });
  }

  #queue(name: string): QueueMetrics {
    const labels = { name, controller: name };
    this.#adds.inc(labels, 0);
    this.#retries.inc(labels, 0);
    this.#queueTime.zero(labels);
    this.#workTime.zero(labels);
    return {
      bind: (queue) => this.#queues.set(name, queue),
      added: () => {
        this.#adds.inc(labels);
      },
      taken: (waitedMs) => {
        this.#queueTime.observe(labels, waitedMs / 1000);
      },
      finished: (workedMs) => {
        this.#workTime.observe(labels, workedMs / 1000);
      },
      retried: () => {
        this.#retries.inc(labels);
      },
    };
  }

  #readQueues(): void {
    const read = (name: string, help: string, valueOf: (queue: Bound<QueueMetrics>) => number): void => {
      const gauge: Gauge<'name' | 'controller'> = this.#gauge(name, help, ['name', 'controller'], () => {
        for (const [queue, bound] of this.#queues) gauge.set({ name: queue, controller: queue }, valueOf(bound));
      });
    };
    const seconds = (queue: Bound<QueueMetrics>): number[] => queue.runningForMs().map((ms) => ms / 1000);
    read('workqueue_depth', 'Keys that wait', (queue) => queue.length);
    read('workqueue_unfinished_work_seconds', 'How long the keys in hand have been so, together', (queue) =>
      seconds(queue).reduce((sum, each) => sum + each, 0),
    );
    read('workqueue_longest_running_processor_seconds', 'How long the oldest key in hand has been so', (queue) =>
      Math.max(0, ...seconds(queue)),
    );
  }

  #readReflectors(): void {
    const read = (name: string, help: string, valueOf: (reflector: Bound<ReflectorMetrics>) => number): void => {
      const gauge: Gauge<'name'> = this.#gauge(name, help, ['name'], () => {
        for (const [reflector, bound] of this.#reflectors) gauge.set({ name: reflector }, valueOf(bound));
      });
    };
    read('reflector_objects', 'Objects in the store', ({ store }) => store.size);
    read('reflector_synced', '1 once the first list is in the store', (reflector) => Number(reflector.hasSynced()));
    read('reflector_last_event_timestamp_seconds', 'When the API server last said anything', ({ lastEventAt }) => {
      return lastEventAt / 1000;
    });
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: this.#registers });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: readonly L[], collect?: () => void): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: this.#registers, ...(collect && { collect }) });
  }

  #histogram<L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: this.#registers });
  }
}
