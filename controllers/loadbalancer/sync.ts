import type { Dataplane } from '../backends/dataplane.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Enqueue, Reconcile, Source } from '../runtime/controller.ts';
import { DeadlineExceeded } from '../runtime/deadline.ts';
import { keyOf } from '../runtime/object.ts';
import type { ObjectKey, Stored } from '../runtime/object.ts';
import type { ReadonlyStore } from '../runtime/store.ts';
import { asError } from '../runtime/thrown.ts';
import { desiredOf } from './desired.ts';
import type { DataplaneReport } from './report.ts';

export interface SyncOptions {
  readonly dataplane: Dataplane;
  readonly loadBalancers: ReadonlyStore<Stored<LoadBalancer>>;
  readonly report: DataplaneReport;
  readonly clock: Clock;
  readonly wake: (key: ObjectKey) => void;
}

/** There is one host: all changes of all LoadBalancers become one look at it. */
export const HOST: ObjectKey = { namespace: '', name: 'host' };

/** For what is changed by others and not heard of. */
const SWEEP_MS = 30_000;
/** Counters are for people, and each change of them is a write to the API. */
const COUNT_MS = 60_000;

/** It is told all of it each time. Of many changes that come one after the other, it rests so many times as long as one took. */
const RESTS = 4;
const LONGEST_REST_MS = 500;

/**
 * Tells the host what all LoadBalancers' statuses say, whole; it writes only what differs. However many change at once, the
 * next look takes all of them.
 */
export function dataplaneSync({ dataplane, loadBalancers, report, clock, wake }: SyncOptions): Reconcile {
  let countedAt = -Infinity;
  let restsUntil = -Infinity;
  return async (_, { signal }) => {
    const startedAt = clock.monotonic();
    if (startedAt < restsUntil) return { requeueAfterMs: restsUntil - startedAt };
    const all = loadBalancers.list();
    try {
      const capabilities = report.failure === undefined ? report.capabilities : undefined;
      const able = capabilities ?? (await dataplane.describe(signal));
      const applied = await dataplane.apply(desiredOf(all), signal);
      for (const key of report.applied(all, applied, able)) wake(key);
      if (all.length > 0 && clock.monotonic() - countedAt >= COUNT_MS) {
        report.counted((await dataplane.read(signal)).counters);
        countedAt = clock.monotonic();
      }
    } catch (error) {
      // That the operator stops is nobody's failure; a host that does not answer in time is.
      const isStopping = signal.aborted && !(signal.reason instanceof DeadlineExceeded);
      if (!isStopping && report.failed(asError(error))) all.map(keyOf).forEach(wake);
      throw error;
    } finally {
      const now = clock.monotonic();
      restsUntil = now + Math.min(RESTS * (now - startedAt), LONGEST_REST_MS);
    }
    return { requeueAfterMs: SWEEP_MS, priority: 'initial' };
  };
}

/** Looks at once when somebody else has changed something on the host, and when it comes back. */
export const dataplaneEvents =
  (dataplane: Dataplane): Source =>
  async (enqueue: Enqueue, signal: AbortSignal): Promise<void> => {
    enqueue(HOST, 'initial');
    for await (const _ of dataplane.changes(signal)) enqueue(HOST);
  };
