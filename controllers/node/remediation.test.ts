import { describe, expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import type { Cluster } from '../../crds/cluster.ts';
import { NodeKind } from '../../crds/node.ts';
import type { Node } from '../../crds/node.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import type { Stored } from '../runtime/object.ts';

jest.setTimeout(60_000);

const MINUTE_MS = 60_000;
const dev = cluster('dev', { workers: 2, remediation: { timeout: '1m' } });
const settled = (...clusters: Cluster[]): Promise<Simulation> =>
  simulation({ clusters: clusters.length === 0 ? [dev] : clusters }).settled();

const first = (sim: Simulation): Stored<Node> => sim.workers('dev')[0]!;
const now = (sim: Simulation, { metadata }: Stored<Node>): Stored<Node> => sim.node(metadata.name);
const says = (sim: Simulation, node: Stored<Node>): string => {
  const { status, reason } = sim.condition(now(sim, node), 'Remediating') ?? {};
  return status === undefined ? 'nothing' : `${status} ${reason ?? ''}`;
};
const isHealthy = (sim: Simulation, node: Stored<Node>): boolean =>
  sim.condition(now(sim, node), 'Healthy')?.status === 'True';
const untilSick = (sim: Simulation, node: Stored<Node>): Promise<Simulation> =>
  sim.until(`${node.metadata.name} is not healthy`, () => sim.condition(now(sim, node), 'Healthy')?.status === 'False');

describe('a worker that is not Ready for longer than the timeout', () => {
  test('is restarted, and that is told before and after', async () => {
    const sim = await settled();
    const worker = first(sim);
    const before = sim.container(worker);
    sim.kubernetes.ail(before, { until: 'restarted' });
    await untilSick(sim, worker);
    await sim.pass(MINUTE_MS - 5_000);
    expect(sim.container(worker)).toEqual(before);
    expect(says(sim, worker)).toBe('nothing');

    await sim.until('it is being restarted', () => says(sim, worker) === 'True Restarting', 10_000);
    expect(sim.cluster('dev').status?.remediation?.node).toBe(worker.metadata.name);
    expect(sim.condition(sim.cluster('dev'), 'Remediating')).toMatchObject({ status: 'True', reason: 'Restarting' });

    await sim.until('it is healthy', () => isHealthy(sim, worker), MINUTE_MS);
    await sim.settled();
    expect(sim.container(worker)).toMatchObject({ id: before.id, addresses: before.addresses });
    expect(sim.container(worker).startedAt).not.toBe(before.startedAt);
    expect(sim.ready('dev')).toBe(true);
    expect(says(sim, worker)).toBe('nothing');
    expect(sim.condition(sim.cluster('dev'), 'Remediating')).toBeUndefined();
    expect(sim.cluster('dev').status?.remediation).toBeUndefined();
    const events = sim.events('Node', worker.metadata.name).join('\n');
    expect(events).toMatch(/Warning Restarting: Unhealthy since .*Kubelet stopped posting.*restarted \(step 1 of 4\)/);
    expect(events).toMatch(/Normal Remedied: Healthy again after 1 of 4 steps/);
  });

  test('is replaced when that did not help, on its volumes, at its address, and joins again', async () => {
    const sim = await settled();
    const worker = first(sim);
    const before = sim.container(worker);
    const volumes = sim.engine.look().volumes.map(({ name }) => name);
    sim.kubernetes.ail(before, { until: 'replaced' });
    await sim.until('it is being replaced', () => says(sim, worker) === 'True Replacing');
    await sim.until('it is healthy', () => isHealthy(sim, worker), MINUTE_MS);
    await sim.settled();
    const after = sim.container(worker);
    expect(after).toMatchObject({ name: before.name, addresses: before.addresses });
    expect(after.id).not.toBe(before.id);
    expect(sim.engine.look().volumes.map(({ name }) => name)).toEqual(expect.arrayContaining(volumes));
    expect(sim.kubeNodes('dev')).toHaveLength(3);
    // Two workers and the control plane, and this one once more.
    expect(sim.life.writes.filter((write) => write.includes('startUnit'))).toHaveLength(4);
    expect(now(sim, worker).status?.remediation).toMatchObject({ step: 'Replace', count: 2 });
    expect(sim.ready('dev')).toBe(true);
  });

  test('is given up after two restarts and two replacements, with ever longer pauses, until a person has mended it', async () => {
    const sim = await settled();
    const worker = first(sim);
    sim.kubernetes.ail(sim.container(worker), { until: 'never' });
    const steps: { step: string; at: number }[] = [];
    await sim.until(
      'it is given up',
      () => {
        const { step = '', at = '' } = now(sim, worker).status?.remediation ?? {};
        if (at !== '' && steps.at(-1)?.at !== Date.parse(at)) steps.push({ step, at: Date.parse(at) });
        return says(sim, worker) === 'False RemediationExhausted';
      },
      30 * MINUTE_MS,
    );
    expect(steps.map(({ step }) => step)).toEqual(['Restart', 'Replace', 'Restart', 'Replace']);
    const pauses = steps.slice(1).map(({ at }, index) => Math.round((at - steps[index]!.at) / MINUTE_MS));
    expect(pauses).toEqual([1, 2, 4]);
    await sim.settled();
    expect(sim.condition(now(sim, worker), 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'RemediationExhausted',
      message: expect.stringContaining('delete the Node and another is made'),
    });
    expect(sim.condition(sim.cluster('dev'), 'Stalled')?.reason).toBe('RemediationExhausted');
    expect(sim.cluster('dev').status?.remediation).toBeUndefined();
    const [count, given] = [sim.life.writes.length, sim.container(worker)];
    await sim.pass(60 * MINUTE_MS);
    expect(sim.container(worker)).toEqual(given);
    // Its kubelet is still asked to register, ever more rarely.
    const writes = sim.life.writes.slice(count).filter((write) => !/ events | systemctl restart /.test(write));
    expect(writes).toEqual([]);

    sim.kubernetes.recover(sim.container(worker));
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
    expect(says(sim, worker)).toBe('nothing');
    expect(now(sim, worker).status?.remediation).toBeUndefined();
  });

  test('that recovers by itself in time is left alone', async () => {
    const sim = await settled();
    const worker = first(sim);
    const before = sim.container(worker);
    sim.kubernetes.ail(before, { until: 'never' });
    await untilSick(sim, worker);
    await sim.pass(MINUTE_MS - 10_000);
    sim.kubernetes.recover(before);
    await sim.settled();
    expect(sim.container(worker)).toEqual(before);
    expect(now(sim, worker).status?.remediation).toBeUndefined();
  });

  test('again within an hour is replaced at once; after a healthy hour all is forgotten', async () => {
    const sim = await settled();
    const worker = first(sim);
    sim.kubernetes.ail(sim.container(worker), { until: 'restarted' });
    await sim.until('it was restarted', () => now(sim, worker).status?.remediation?.count === 1);
    await sim.settled();
    sim.kubernetes.ail(sim.container(worker), { until: 'replaced' });
    await sim.until('it was replaced', () => now(sim, worker).status?.remediation?.step === 'Replace');
    await sim.until('it is healthy', () => isHealthy(sim, worker));
    await sim.pass(59 * MINUTE_MS);
    expect(now(sim, worker).status?.remediation?.count).toBe(2);
    await sim.pass(2 * MINUTE_MS);
    expect(now(sim, worker).status?.remediation).toBeUndefined();
    sim.kubernetes.ail(sim.container(worker), { until: 'restarted' });
    await sim.until('something is done', () => now(sim, worker).status?.remediation !== undefined);
    expect(now(sim, worker).status?.remediation).toMatchObject({ step: 'Restart', count: 1 });
  });
});

test('a node that is stopped while it is being remedied is left alone, and holds up no other', async () => {
  const sim = await settled(cluster('dev', { workers: 4, remediation: { timeout: '1m' } }));
  const [one, other] = sim.workers('dev');
  sim.kubernetes.ail(sim.container(one!), { until: 'never' });
  await sim.until('it is being restarted', () => says(sim, one!) === 'True Restarting');
  await sim.user.client.mergePatch(
    NodeKind,
    { namespace: 'default', name: one!.metadata.name },
    { spec: { power: 'Stopped' } },
    new AbortController().signal,
  );
  await sim.settled();
  expect(says(sim, one!)).toBe('nothing');
  expect(sim.container(one!).state).toBe('exited');
  sim.kubernetes.ail(sim.container(other!), { until: 'restarted' });
  await sim.until('the other was restarted', () => now(sim, other!).status?.remediation !== undefined);
  await sim.until('and is healthy', () => isHealthy(sim, other!));
});

describe('nobody is remedied', () => {
  const PAST_MS = 10 * MINUTE_MS;

  test.each([
    ['its Node says so', (sim: Simulation) => patch(sim, NodeKind, first(sim).metadata.name, { mode: 'Disabled' })],
    ['its Cluster says so', (sim: Simulation) => patch(sim, ClusterKind, 'dev', { mode: 'Disabled' })],
  ])('when %s', async (_, optOut) => {
    const sim = await settled();
    const worker = first(sim);
    await optOut(sim);
    const before = sim.container(worker);
    sim.kubernetes.ail(before, { until: 'restarted' });
    await untilSick(sim, worker);
    await sim.pass(PAST_MS);
    expect(sim.container(worker)).toEqual(before);
    expect(says(sim, worker)).toBe('False RemediationHeldBack');
    expect(sim.condition(now(sim, worker), 'Remediating')?.message).toContain('Disabled');

    await patch(sim, NodeKind, worker.metadata.name, { mode: 'Enabled' });
    await patch(sim, ClusterKind, 'dev', { mode: 'Enabled' });
    await sim.until('it is healthy', () => isHealthy(sim, worker));
  });

  test('while most nodes are unhealthy at once: it is said, and no container is touched', async () => {
    const sim = await settled(cluster('dev', { workers: 3, remediation: { timeout: '1m' } }));
    const before = sim.engine.look().containers;
    const sick = sim.workers('dev').map((worker) => sim.container(worker));
    for (const container of sick) sim.kubernetes.ail(container, { until: 'never' });
    await sim.pass(PAST_MS);
    expect(sim.engine.look().containers).toEqual(before);
    expect(sim.condition(sim.cluster('dev'), 'Remediating')).toMatchObject({
      status: 'False',
      reason: 'RemediationHeldBack',
      message: expect.stringContaining('3 of 4 nodes are unhealthy at once'),
    });
    expect(says(sim, first(sim))).toBe('False RemediationHeldBack');
    expect(sim.events('Cluster', 'dev').join('\n')).toContain('Warning RemediationHeldBack: 3 of 4 nodes');
    const count = sim.life.writes.length;
    await sim.pass(PAST_MS);
    expect(sim.life.writes.slice(count)).toEqual([]);

    sim.kubernetes.recover(sick[0]!);
    sim.kubernetes.recover(sick[1]!);
    await sim.until('the last one is restarted', () => sim.cluster('dev').status?.remediation !== undefined);
  });

  test('while the API server does not answer, but for the control plane, which is restarted', async () => {
    const sim = await settled();
    const workers = sim.workers('dev').map((worker) => sim.container(worker));
    const before = sim.container(sim.controlPlane('dev'));
    sim.kubernetes.ail(before, { until: 'restarted', what: 'api server' });
    await sim.until(
      'the control plane is being restarted',
      () => says(sim, sim.controlPlane('dev')) === 'True Restarting',
    );
    expect(sim.events('Cluster', 'dev').join('\n')).toMatch(/Warning Restarting: .*The cluster has no API meanwhile/);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
    expect(sim.workers('dev').map((worker) => sim.container(worker))).toEqual(workers);
    expect(sim.container(sim.controlPlane('dev')).startedAt).not.toBe(before.startedAt);
  });

  test('that was just started, however long it was stopped before', async () => {
    const sim = await settled();
    const { name } = sim.container(first(sim));
    sim.kubernetes.ail(sim.container(first(sim)), { until: 'never' });
    await untilSick(sim, first(sim));
    await sim.pass(MINUTE_MS - 10_000);
    sim.engine.kill(name);
    const { startedAt } = await sim.pass(1_000).then(() => sim.container(first(sim)));
    await sim.pass(MINUTE_MS - 10_000);
    expect(sim.container(first(sim)).startedAt).toBe(startedAt);
    expect(now(sim, first(sim)).status?.remediation).toBeUndefined();
    await sim.until('its time is over', () => now(sim, first(sim)).status?.remediation !== undefined, 2 * MINUTE_MS);
  });
});

test('two that are sick are remedied one after the other', async () => {
  const sim = await settled(cluster('dev', { workers: 4, remediation: { timeout: '1m' } }));
  const [one, other] = sim.workers('dev');
  sim.kubernetes.ail(sim.container(one!), { until: 'replaced' });
  sim.kubernetes.ail(sim.container(other!), { until: 'replaced' });
  const acting = (): number => sim.workers('dev').filter((node) => says(sim, node).startsWith('True')).length;
  await sim.until(
    'both are healthy again',
    () => {
      expect(acting()).toBeLessThanOrEqual(1);
      return [one, other].every((node) => isHealthy(sim, node!) && now(sim, node!).status?.remediation?.count === 2);
    },
    30 * MINUTE_MS,
  );
});

test('a control plane that a restart does not help is made anew on its volumes, with its data', async () => {
  const sim = await settled();
  const before = sim.container(sim.controlPlane('dev'));
  const nodes = sim.kubeNodes('dev').map(({ metadata }) => metadata.uid);
  sim.kubernetes.ail(before, { until: 'replaced', what: 'api server' });
  await sim.until('it is being replaced', () => says(sim, sim.controlPlane('dev')) === 'True Replacing');
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.container(sim.controlPlane('dev')).id).not.toBe(before.id);
  expect(sim.kubeNodes('dev').map(({ metadata }) => metadata.uid)).toEqual(nodes);
  expect(sim.life.writes.filter((write) => write.includes('startUnit'))).toHaveLength(3);
});

test('a node that is replaced twice leaves no volume of its runtime behind but the one in use', async () => {
  const sim = await settled();
  const worker = first(sim);
  sim.kubernetes.ail(sim.container(worker), { until: 'never' });
  await sim.until('it is given up', () => says(sim, worker) === 'False RemediationExhausted', 30 * MINUTE_MS);
  const ours = sim.engine.look().volumes.filter(({ owner }) => owner === worker.metadata.uid);
  expect(ours.map(({ name }) => name.replace(/\d+$/, '')).sort()).toEqual([
    `${worker.metadata.name}-${worker.metadata.uid.slice(0, 8)}-containerd-`,
    `${worker.metadata.name}-${worker.metadata.uid.slice(0, 8)}-etc-cni`,
    `${worker.metadata.name}-${worker.metadata.uid.slice(0, 8)}-etc-kubernetes`,
    `${worker.metadata.name}-${worker.metadata.uid.slice(0, 8)}-var`,
  ]);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});

const patch = (sim: Simulation, type: typeof NodeKind | typeof ClusterKind, name: string, remediation: object) =>
  sim.user.client.mergePatch(
    type as typeof NodeKind,
    { namespace: 'default', name },
    { spec: { remediation } },
    new AbortController().signal,
  );
