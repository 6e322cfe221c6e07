import { describe, expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { Label } from '../../crds/names.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import { cluster, node } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { KubeApiError } from '../kube/error.ts';
import type { ResourceType } from '../kube/client.ts';
import { DaemonSetType, DeploymentType, SecretType, ServiceType, StorageClassType } from '../kube/kinds.ts';
import type { KubeObject } from '../runtime/object.ts';

// Whole lives of clusters, on a machine that may have other things to do.
jest.setTimeout(60_000);

const SWEEP_MS = 30_000;
const { signal } = new AbortController();
const running = (): Promise<Simulation> => simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();

const edit = (sim: Simulation, type: ResourceType<KubeObject>, name: string, metadata: object): Promise<unknown> =>
  sim.user.client.mergePatch(type, { namespace: 'default', name }, { metadata }, signal);

const STRIPPED = {
  labels: { labels: { [Label.cluster]: null, [Label.role]: null } },
  'a label’s value': { labels: { [Label.cluster]: 'another' } },
  ownerReferences: { ownerReferences: null },
  finalizers: { finalizers: null },
  everything: { labels: null, ownerReferences: null, finalizers: null },
};
const CHILDREN = {
  Node: [NodeKind, (sim: Simulation) => sim.workers('dev')[0]!.metadata.name],
  'control plane’s Node': [NodeKind, (sim: Simulation) => sim.controlPlane('dev').metadata.name],
  Network: [NetworkKind, () => 'dev'],
} satisfies Record<string, readonly [ResourceType<KubeObject>, (sim: Simulation) => string]>;

describe.each(Object.keys(CHILDREN) as (keyof typeof CHILDREN)[])('a %s', (child) => {
  test.each(Object.keys(STRIPPED) as (keyof typeof STRIPPED)[])(
    'from which somebody took %s gets that back at once, and nothing else is changed',
    async (what) => {
      const sim = await running();
      const [type, nameOf] = CHILDREN[child] as readonly [ResourceType<KubeObject>, (sim: Simulation) => string];
      const name = nameOf(sim);
      const ties = () => {
        const { labels, ownerReferences, finalizers } = sim.find(type, name)!.metadata;
        return { labels, ownerReferences, finalizers };
      };
      const before = { ties: ties(), names: sim.nodes('dev').map(({ metadata }) => metadata.name) };
      const { containers } = sim.engine.look();
      await edit(sim, type, name, STRIPPED[what]);
      await sim.pass(1_000);
      expect(ties()).toEqual(before.ties);
      await sim.settled();
      expect(sim.nodes('dev').map(({ metadata }) => metadata.name)).toEqual(before.names);
      expect(sim.engine.look().containers).toEqual(containers);
      expect(sim.ready('dev')).toBe(true);
      expect(sim.cluster('dev').status).toMatchObject({ workers: 2, nodes: '3/3' });
    },
  );
});

test('what was taken from a child is told', async () => {
  const sim = await running();
  const { name } = sim.workers('dev')[0]!.metadata;
  await edit(sim, NodeKind, name, STRIPPED.ownerReferences);
  await sim.settled();
  expect(sim.events('Cluster', 'dev')).toContain(
    `Warning TiesRestored: Node ${name} had lost its owner reference or labels; they are put back`,
  );
});

test('a worker that a user declared stays the user’s', async () => {
  const sim = await running();
  await sim.user.apply(node('mine', { cluster: 'dev' }));
  await sim.settled();
  expect(sim.node('mine').metadata.ownerReferences).toBeUndefined();
  expect(sim.cluster('dev').status).toMatchObject({ workers: 2, nodes: '4/4' });
});

test('a Network whose ties were cut while nobody looked goes with its cluster', async () => {
  const sim = await running();
  sim.life.end();
  await edit(sim, NetworkKind, 'dev', STRIPPED.everything);
  await sim.user.delete(ClusterKind, 'dev');
  sim.start();
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});

describe('the kubeconfig Secret', () => {
  const value = (sim: Simulation) => sim.secret('dev-kubeconfig')?.data?.['value'];

  const healed = async (harm: (sim: Simulation) => Promise<unknown>): Promise<Simulation> => {
    const sim = await running();
    const before = sim.secret('dev-kubeconfig');
    await harm(sim);
    await sim.pass(SWEEP_MS + 1_000);
    const { labels, ownerReferences } = sim.secret('dev-kubeconfig')?.metadata ?? {};
    expect({ labels, ownerReferences }).toEqual({
      labels: before?.metadata.labels,
      ownerReferences: before?.metadata.ownerReferences,
    });
    expect(value(sim)).toBe(before?.data?.['value']);
    expect(sim.ready('dev')).toBe(true);
    expect(sim.events('Cluster', 'dev').join('\n')).toContain('Warning KubeconfigRestored: Secret dev-kubeconfig ');
    return sim;
  };
  const key = { namespace: 'default', name: 'dev-kubeconfig' };

  test('is made again within a sweep when somebody deleted it', async () => {
    await healed((sim) => sim.user.delete(SecretType, 'dev-kubeconfig'));
  });

  test('is put right within a sweep when somebody edited it', async () => {
    await healed((sim) => sim.user.client.mergePatch(SecretType, key, { data: { value: 'bm8=' } }, signal));
  });

  test('gets back what shows whose it is, be it all of that', async () => {
    await healed((sim) => edit(sim, SecretType, 'dev-kubeconfig', { labels: null, ownerReferences: null }));
  });

  test('is made anew when it can not be changed', async () => {
    await healed(async (sim) => {
      await sim.user.client.mergePatch(SecretType, key, { data: { value: 'bm8=' } }, signal);
      const { uid } = sim.secret('dev-kubeconfig')?.metadata ?? {};
      sim.api.onRequest = (verb, { kind }) =>
        verb === 'apply' && kind === 'Secret' && sim.secret('dev-kubeconfig')?.metadata.uid === uid
          ? new KubeApiError(422, 'Invalid', 'data: field is immutable when `immutable` is set')
          : undefined;
    });
  });
});

describe('an add-on that somebody deleted in the cluster', () => {
  test.each([
    [DaemonSetType, 'kindnet'],
    [DaemonSetType, 'kube-proxy'],
    [DeploymentType, 'coredns'],
    [ServiceType, 'kube-dns'],
    [StorageClassType, 'standard'],
  ] as [ResourceType<KubeObject>, string][])('is applied again within a sweep: %# %s', async (type, name) => {
    const sim = await running();
    const key = { namespace: type.namespaced ? 'kube-system' : '', name };
    await sim.inside('dev').client('user').delete(type, key, {}, signal);
    await sim.until('it is there', () => sim.inside('dev').peek(type, key) !== undefined, SWEEP_MS);
    expect(sim.events('Cluster', 'dev').join('\n')).toContain(
      `Warning AddonsRestored: ${type.kind} ${name} had been deleted in the cluster`,
    );
    await sim.until('the cluster is Ready', () => sim.ready('dev'), 15_000);
  });

  test('is not applied again when it was only changed: a cluster’s inside is its owner’s', async () => {
    const sim = await running();
    const key = { namespace: 'kube-system', name: 'kindnet' };
    const labels = { mine: 'yes' };
    await sim.inside('dev').client('user').mergePatch(DaemonSetType, key, { metadata: { labels } }, signal);
    const before = sim.life.writes.length;
    await sim.pass(5 * SWEEP_MS);
    expect(sim.life.writes.slice(before)).toEqual([]);
    expect(sim.inside('dev').peek(DaemonSetType, key)?.metadata.labels).toEqual(labels);
  });
});
