import { describe, expect, jest, test } from '@jest/globals';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { KubeNodeType } from '../kube/kinds.ts';

// Whole lives of clusters, on a machine that may have other things to do.
jest.setTimeout(60_000);

const SWEEP_MS = 30_000;
const running = (): Promise<Simulation> => simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();

const ROLES = [
  ['control plane', (sim: Simulation) => sim.controlPlane('dev')],
  ['worker', (sim: Simulation) => sim.workers('dev')[0]!],
] as const;

describe.each(ROLES)('on a %s', (_, nodeOf) => {
  test.each(['kubelet', 'containerd'] as const)(
    'a %s that somebody stopped runs again within a sweep, and people are told',
    async (service) => {
      const sim = await running();
      const { name } = sim.container(nodeOf(sim));
      sim.kubernetes.stopService(name, service);
      await sim.until('it runs', () => sim.kubernetes.runsService(name, service), SWEEP_MS);
      await sim.until('the cluster is Ready', () => sim.ready('dev'), 15_000);
      expect(sim.events('Node', nodeOf(sim).metadata.name)).toContain(
        `Warning ServiceRestarted: ${service} did not run in container ${name} (inactive) and was started again`,
      );
    },
  );

  test('services that run are left alone', async () => {
    const sim = await running();
    const before = sim.life.calls.length;
    await sim.pass(10 * SWEEP_MS);
    const orders = sim.life.calls.slice(before).filter((call) => call.includes('systemctl'));
    expect(orders.length).toBeGreaterThan(0);
    expect(orders.filter((call) => !call.includes('systemctl show'))).toEqual([]);
  });

  test('a Kubernetes node that somebody deleted is registered again, for what it is', async () => {
    const sim = await running();
    const { hostname: name = '' } = nodeOf(sim).status ?? {};
    const before = sim.kubeNodes('dev').find(({ metadata }) => metadata.name === name);
    await deleteKubeNode(sim, name);
    const find = () => sim.kubeNodes('dev').find(({ metadata }) => metadata.name === name);
    await sim.until('it is registered', () => find() !== undefined, SWEEP_MS);
    await sim.settled();
    expect(find()?.metadata.labels).toEqual(before?.metadata.labels);
    expect(find()?.spec?.taints ?? []).toEqual(before?.spec?.taints ?? []);
    expect(sim.ready('dev')).toBe(true);
    expect(sim.events('Node', nodeOf(sim).metadata.name).join('\n')).toContain(
      `Warning NodeRegistered: The cluster had no Kubernetes node ${name} any more`,
    );
  });
});

const { signal } = new AbortController();

const deleteKubeNode = (sim: Simulation, name: string): Promise<void> =>
  sim.inside('dev').client('user').delete(KubeNodeType, { namespace: '', name }, {}, signal);

/** As kind's pod network leaves it on a node. */
const conflist = (subnet: string): string =>
  JSON.stringify({ name: 'kindnet', plugins: [{ type: 'ptp', ipam: { ranges: [[{ subnet }]] } }] }, null, 2);

describe('the pod addresses of a Kubernetes node that was deleted', () => {
  const after = async (taken: boolean): Promise<string | undefined> => {
    const sim = await running();
    const worker = sim.workers('dev')[0]!;
    const { hostname: name = '' } = worker.status ?? {};
    const file = { path: '/etc/cni/net.d/10-kindnet.conflist', content: conflist('10.244.1.0/24'), mode: 0o644 };
    await sim.engine.containers().writeFiles(sim.container(worker).id, [file], signal);
    await deleteKubeNode(sim, name);
    if (taken) {
      const { apiVersion, kind } = KubeNodeType;
      const other = { apiVersion, kind, metadata: { name: 'other' }, spec: { podCIDR: '10.244.1.0/24' } };
      await sim.inside('dev').client('user').create(KubeNodeType, other, signal);
    }
    await sim.settled();
    return sim.kubeNodes('dev').find(({ metadata }) => metadata.name === name)?.spec?.podCIDR;
  };

  test('stay with it, so that its pods are still reached', async () => {
    expect(await after(false)).toBe('10.244.1.0/24');
  });

  test('are there before its kubelet is restarted, and so is what the node has: it would refuse its static pods', async () => {
    const seen: unknown[] = [];
    const sim = await simulation({
      clusters: [cluster('dev', { workers: 1 })],
      engine: {
        exec: ({ hostname }, { argv }) => {
          if (!argv.includes('restart')) return undefined;
          const node = sim.kubeNodes('dev').find(({ metadata }) => metadata.name === hostname);
          seen.push([node?.spec?.podCIDR, node?.status?.allocatable !== undefined]);
          return undefined;
        },
      },
    });
    await sim.settled();
    const control = sim.controlPlane('dev');
    const file = { path: '/etc/cni/net.d/10-kindnet.conflist', content: conflist('10.244.0.0/24'), mode: 0o644 };
    await sim.engine.containers().writeFiles(sim.container(control).id, [file], signal);
    await deleteKubeNode(sim, control.status?.hostname ?? '');
    await sim.settled();
    expect(seen).toEqual([['10.244.0.0/24', true]]);
    expect(sim.ready('dev')).toBe(true);
  });

  test('are not given twice', async () => {
    expect(await after(true)).toBeUndefined();
  });
});

test('a kubelet that has only just started is given the time to register', async () => {
  const sim = await running();
  const worker = sim.workers('dev')[0]!;
  const { name } = sim.container(worker);
  sim.kubernetes.silence(worker.status?.hostname ?? '');
  sim.engine.kill(name);
  await deleteKubeNode(sim, worker.status?.hostname ?? '');
  await sim.pass(10_000);
  expect(sim.life.calls.filter((call) => call.includes('systemctl restart'))).toEqual([]);
});

test('labels by which people know a control plane come back when somebody takes them away', async () => {
  const sim = await running();
  const { hostname: name = '' } = sim.controlPlane('dev').status ?? {};
  const labels = { 'node-role.kubernetes.io/control-plane': null };
  await sim
    .inside('dev')
    .client('user')
    .mergePatch(KubeNodeType, { namespace: '', name }, { metadata: { labels } }, signal);
  await sim.settled();
  const node = sim.kubeNodes('dev').find(({ metadata }) => metadata.name === name);
  expect(node?.metadata.labels).toHaveProperty(['node-role.kubernetes.io/control-plane'], '');
});

test('a worker that was started again is not called Ready for what its cluster heard before', async () => {
  const sim = await running();
  const worker = sim.workers('dev')[0]!;
  // It boots, and nothing more: its kubelet says nothing for as long as its cluster goes on believing in it.
  sim.kubernetes.silence(worker.status?.hostname ?? '');
  await sim.pass(2_000);
  sim.engine.kill(sim.container(worker).name);
  await sim.pass(5_000);
  expect(sim.container(worker).state).toBe('running');
  expect(sim.kubeNodes('dev').map(({ status }) => status?.conditions?.[0]?.status)).toEqual(['True', 'True']);
  expect(sim.condition(sim.node(worker.metadata.name), 'Healthy')).toMatchObject({
    status: 'Unknown',
    reason: 'KubeletStarting',
  });
  expect(sim.ready('dev')).toBe(false);
});
