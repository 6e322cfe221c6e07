import { describe, expect, test } from '@jest/globals';
import type { Cluster } from '../crds/cluster.ts';
import type { Node, NodeStatus } from '../crds/node.ts';
import { cluster, node } from '../test/fixtures/world/objects.ts';
import { dueAt, exhaustedAt, illnessOf, isOutOfQuestion, optOut, timeoutOf } from './remediation.ts';

const NOON = Date.parse('2026-11-21T12:00:00Z');
const MINUTE_MS = 60_000;
const time = (minutes: number): string => new Date(NOON + minutes * MINUTE_MS).toISOString();

const says = (type: string, status: 'True' | 'False' | 'Unknown', minutes: number, reason = 'NodeNotReady') => ({
  ...{ type, status, reason, message: 'PLEG is not healthy', lastTransitionTime: time(minutes) },
});
const withStatus = (conditions: NodeStatus['conditions'], more: Partial<NodeStatus> = {}, role = 'worker'): Node => ({
  ...node('a', { cluster: 'dev', role: role as 'worker', remediation: { mode: 'Enabled' }, power: 'Running' }),
  status: { ...more, ...(conditions && { conditions }) },
});
const dev = (spec: Parameters<typeof cluster>[1] = {}): Cluster =>
  cluster('dev', { power: 'Running', remediation: { mode: 'Enabled', timeout: '5m' }, ...spec });

describe('a node is unhealthy', () => {
  test('since its cluster says so, but not for longer than its container runs', () => {
    expect(illnessOf(withStatus([says('Healthy', 'False', 3)]))).toEqual({
      sinceMs: NOON + 3 * MINUTE_MS,
      why: 'PLEG is not healthy',
    });
    const restarted = withStatus([says('Healthy', 'False', 3), says('ContainerReady', 'True', 7)]);
    expect(illnessOf(restarted)?.sinceMs).toBe(NOON + 7 * MINUTE_MS);
  });

  test('not when it is healthy, when nobody has looked yet, or when nobody can know', () => {
    expect(illnessOf(withStatus([says('Healthy', 'True', 3)]))).toBeUndefined();
    expect(illnessOf(withStatus([]))).toBeUndefined();
    expect(illnessOf(withStatus([says('Healthy', 'Unknown', 3, 'Waiting')]))).toBeUndefined();
    expect(illnessOf(withStatus([says('Healthy', 'Unknown', 3, 'ClusterUnreachable')]))).toBeUndefined();
  });

  test('when its API does not answer and it is the control plane', () => {
    const unreachable = [says('Healthy', 'Unknown', 3, 'ClusterUnreachable')];
    expect(illnessOf(withStatus(unreachable, {}, 'control-plane'))?.sinceMs).toBe(NOON + 3 * MINUTE_MS);
    const off = [says('Healthy', 'Unknown', 3, 'Stopped')];
    expect(illnessOf(withStatus(off, {}, 'control-plane'))).toBeUndefined();
  });

  test('while it is being remedied, until it is healthy, wherever it is held up', () => {
    const onTheWay = [says('Remediating', 'True', 2, 'Replacing'), says('Healthy', 'Unknown', 3, 'Waiting')];
    expect(illnessOf(withStatus(onTheWay))).toBeDefined();
  });
});

describe('the next step is due', () => {
  const illness = { sinceMs: NOON, why: '' };
  const done = (count: number, minutes: number, isAtIt = true): Node =>
    withStatus(isAtIt ? [says('Remediating', 'True', 0)] : [], {
      remediation: { step: 'Restart', at: time(minutes), count },
    });
  const dueMinutes = (one: Node): number => ((dueAt(one, illness, 5 * MINUTE_MS) ?? NaN) - NOON) / MINUTE_MS;

  test('after the timeout, then after pauses that double', () => {
    expect(dueMinutes(withStatus([]))).toBe(5);
    expect([1, 2, 3].map((count) => dueMinutes(done(count, 5)))).toEqual([10, 15, 25]);
  });

  test('after the timeout too, when the node was healthy in between', () => {
    expect(dueMinutes(done(1, -20, false))).toBe(5);
    expect(dueMinutes(done(3, -2, false))).toBe(18);
  });

  test('never after the fourth, which has as long as the first to take effect', () => {
    expect(dueAt(done(4, 5), illness, 5 * MINUTE_MS)).toBeUndefined();
    expect(exhaustedAt(done(4, 5), illness, 5 * MINUTE_MS)).toBe(NOON + 10 * MINUTE_MS);
    expect(exhaustedAt(done(3, 5), illness, 5 * MINUTE_MS)).toBeUndefined();
  });

  test('no later than an hour after the one before, unless the timeout itself is longer', () => {
    const pause = (timeoutMinutes: number): number =>
      ((dueAt(done(3, 0), illness, timeoutMinutes * MINUTE_MS) ?? NaN) - NOON) / MINUTE_MS;
    expect(pause(30)).toBe(60);
    expect(pause(120)).toBe(120);
  });
});

describe('nothing is done about a node', () => {
  const head = withStatus([], {}, 'control-plane');
  const why = (one: Node, of: Cluster): unknown =>
    optOut(one, of) ?? (isOutOfQuestion(one, of, [head, one]) || undefined);
  const paused = { annotations: { 'qbo.io/paused': '' } };

  test.each([
    ['whose spec says so', { ...head, spec: { ...head.spec, remediation: { mode: 'Disabled' as const } } }, dev()],
    ['whose cluster’s spec says so', head, dev({ remediation: { mode: 'Disabled', timeout: '5m' } })],
    ['that is paused', { ...head, metadata: { ...head.metadata, ...paused } }, dev()],
    ['whose cluster is paused', head, cluster('dev', dev().spec, paused)],
    ['that is to be stopped', { ...head, spec: { ...head.spec, power: 'Stopped' as const } }, dev()],
    ['whose cluster is to be paused', head, dev({ power: 'Paused' })],
    ['that is being removed', { ...head, metadata: { ...head.metadata, deletionTimestamp: time(0) } }, dev()],
  ])('%s', (_, one, of) => {
    expect(why(one, of)).toBeDefined();
  });

  test('else everything may be, also about objects of before there was a spec for it', () => {
    expect(why(head, dev())).toBeUndefined();
    const old = cluster('dev', {});
    expect(why(head, old)).toBeUndefined();
    expect(timeoutOf(old)).toBe(5 * MINUTE_MS);
  });

  test('whose control plane is to be stopped: nobody can say how it is', () => {
    const stopped = { ...head, spec: { ...head.spec, power: 'Stopped' as const } };
    expect(isOutOfQuestion(withStatus([]), dev(), [stopped])).toBe(true);
  });
});
