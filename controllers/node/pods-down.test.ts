import { beforeEach, expect, jest, test } from '@jest/globals';
import { NodeKind } from '../../crds/node.ts';
import { ClusterKind } from '../../crds/cluster.ts';
import { addressPool, cluster, loadBalancer } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { PodType } from '../kube/kinds.ts';
import type { Pod } from '../kube/kinds.ts';
import { keyOf } from '../runtime/object.ts';

// Whole lives of clusters, on a machine that may have other things to do.
jest.setTimeout(60_000);

const { signal } = new AbortController();

let sim: Simulation;

/** A pod on each of two workers, of which their kubelets say that it is Ready. */
beforeEach(async () => {
  sim = await simulation({ balancing: true, clusters: [cluster('dev', { workers: 2 })] }).settled();
  const client = sim.inside('dev').client('kubelet');
  for (const [index, { status }] of sim.workers('dev').entries()) {
    const metadata = { name: `web-${String(index)}`, namespace: 'default' };
    const identity = { apiVersion: 'v1', kind: 'Pod', metadata };
    const spec = { nodeName: status?.hostname ?? '', containers: [{ name: 'main' }] };
    await client.create<Pod>(PodType, { ...identity, spec }, signal);
    const conditions = [
      { type: 'Ready', status: 'True' },
      { type: 'PodScheduled', status: 'True' },
    ];
    await client.apply(
      PodType,
      { ...identity, status: { phase: 'Running', conditions } },
      { fieldManager: 'kubelet', subresource: 'status' },
      signal,
    );
  }
});

const first = () => {
  const [worker] = sim.workers('dev');
  if (worker === undefined) throw new Error('There is no worker');
  return worker;
};
const saidOf = (name: string): readonly string[] | undefined =>
  sim
    .inside('dev')
    .peek(PodType, { namespace: 'default', name })
    ?.status?.conditions?.map(({ type, status, reason = '' }) => `${type} ${status} ${reason}`.trim());
const told = (): number => sim.inside('dev').requests()['apply/status Pod'] ?? 0;

test.each(['killed', 'removed'])('of a node whose container was %s, its cluster knows at once', async (fault) => {
  if (fault === 'killed') sim.engine.kill(sim.container(first()).name);
  else sim.engine.removeBehindOurBack(sim.container(first()).name);
  await sim.pass(1_000);
  expect(saidOf('web-0')).toEqual(['Ready False NodeDown', 'PodScheduled True']);
  expect(saidOf('web-1')).toEqual(['Ready True', 'PodScheduled True']);
});

test('of a node that is stopped as asked, its cluster knows, and is told once', async () => {
  sim.inside('dev').forgetRequests();
  await sim.user.power(NodeKind, keyOf(first()).name, 'Stopped');
  await sim.settled();
  expect(saidOf('web-0')).toEqual(['Ready False NodeDown', 'PodScheduled True']);
  expect(saidOf('web-1')).toEqual(['Ready True', 'PodScheduled True']);
  expect(told()).toBe(1);
});

test('a node that is to be stopped gets no traffic first, then its pods are not asked, and only then it stops', async () => {
  await sim.user.apply(addressPool('lan', { addresses: ['192.0.2.10'], interface: 'eth0' }));
  await sim.user.apply(loadBalancer('web', { cluster: 'dev', ports: [{ port: 80 }] }));
  await sim.settled();
  const { address } = first().status ?? {};
  const isSent = (): boolean =>
    sim.dataplane.state.services.some(({ members }) =>
      members.some((member) => member.address === address && member.weight > 0),
    );
  expect(isSent()).toBe(true);
  const since = new Map<string, number>();
  const note = (what: string, isSo: boolean): void => {
    if (isSo && !since.has(what)) since.set(what, sim.clock.monotonic());
  };
  await sim.user.power(NodeKind, keyOf(first()).name, 'Stopped');
  await sim.until('it is stopped', () => {
    note('no traffic', !isSent());
    note('pods down', saidOf('web-0')?.[0] !== 'Ready True');
    note('stopped', sim.container(first()).state === 'exited');
    return since.size === 3;
  });
  expect([...since.keys()]).toEqual(['no traffic', 'pods down', 'stopped']);
  expect(new Set(since.values()).size).toBe(3);
});

test('a cluster that is stopped as a whole is told nothing', async () => {
  sim.inside('dev').forgetRequests();
  await sim.user.power(ClusterKind, 'dev', 'Stopped');
  await sim.settled();
  expect(told()).toBe(0);
});

test('a cluster that does not answer keeps no node from being mended', async () => {
  const container = sim.container(first());
  sim.kubernetes.ail(sim.container(sim.controlPlane('dev')), { what: 'api server', until: 'restarted' });
  sim.engine.kill(container.name);
  await sim.until('it runs again', () => sim.container(first()).state === 'running', 10_000);
  expect(saidOf('web-0')?.[0]).toBe('Ready True');
});
