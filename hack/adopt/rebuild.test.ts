import { describe, expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import { keyOf } from '../../controllers/runtime/object.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { instanceOf } from '../management/instance.ts';
import { orphanedInstances, rebuildClusters } from './rebuild.ts';

const { signal } = new AbortController();
const instance = instanceOf({});

/** The operator dies, and the management cluster forgets everything without a chance to clean up. */
async function loseManagement(sim: Simulation): Promise<void> {
  sim.life.end();
  const { client } = sim.user;
  for (const type of [ClusterKind, NodeKind, NetworkKind, SecretType]) {
    for (const object of sim.api.peekAll(type)) {
      await client.mergePatch(type, keyOf(object), { metadata: { finalizers: null } }, signal);
      await client.delete(type, keyOf(object), {}, signal);
    }
  }
  expect([ClusterKind, NodeKind, NetworkKind, SecretType].flatMap((type) => sim.api.peekAll(type))).toEqual([]);
}

const rebuild = (sim: Simulation): Promise<readonly string[]> =>
  rebuildClusters({ kube: sim.user.client, containers: sim.engine.containers(), instance }, signal);

const running = async (power: 'Running' | 'Stopped' | 'Paused' = 'Running'): Promise<Simulation> => {
  const dev = cluster('dev', { workers: 2, power, domain: 'lab.example', networking: { podCIDR: '10.50.0.0/16' } });
  const sim = await simulation({ clusters: [cluster('dev', { ...dev.spec, power: 'Running' })] }).settled();
  if (power !== 'Running') {
    await sim.user.client.mergePatch(ClusterKind, { namespace: 'default', name: 'dev' }, { spec: { power } }, signal);
    await sim.settled();
  }
  return sim;
};

const facts = (sim: Simulation) =>
  sim
    .nodes('dev')
    .map(({ metadata, spec, status }) => [metadata.name, spec.role, status?.hostname, status?.address])
    .sort();

describe('after the management cluster was lost', () => {
  test('clusters are what they were, and no container was touched for it', async () => {
    const sim = await running();
    const before = { world: sim.engine.look(), nodes: facts(sim), spec: sim.cluster('dev').spec };
    await loseManagement(sim);

    expect(await rebuild(sim)).toEqual(['Cluster default/dev is declared again: 3 nodes, power Running']);
    sim.start();
    await sim.settled();

    expect(sim.ready('dev')).toBe(true);
    expect(sim.engine.look()).toEqual(before.world);
    expect(facts(sim)).toEqual(before.nodes);
    expect(sim.cluster('dev').spec).toMatchObject({ ...before.spec, image: 'kindest/node:v1.35.4' });
    expect(await rebuild(sim)).toEqual([]);
  });

  test('they can be scaled, with free names and addresses, and removed without a rest', async () => {
    const sim = await running();
    await loseManagement(sim);
    await rebuild(sim);
    sim.start();
    await sim.settled();
    await sim.user.scale('dev', 3);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
    expect(new Set(facts(sim).map(([, , , address]) => address)).size).toBe(4);
    await sim.user.delete(ClusterKind, 'dev');
    await sim.settled();
    expect(sim.residue()).toEqual([]);
  });

  test.each(['control-plane', 'worker'])(
    'a %s of which only volumes are left comes back where it was',
    async (role) => {
      const sim = await running();
      const before = facts(sim);
      await loseManagement(sim);
      const gone = sim.engine.look().containers.find(({ labels }) => labels['qbo.io/role'] === role);
      sim.engine.removeBehindOurBack(gone?.name ?? '');
      expect((await rebuild(sim))[0]).toContain('3 nodes, 1 of them by their volumes alone');
      sim.start();
      await sim.settled();
      expect(sim.ready('dev')).toBe(true);
      expect(facts(sim)).toEqual(before);
    },
  );

  test('what was stopped stays stopped', async () => {
    const sim = await running('Stopped');
    const before = sim.engine.look();
    await loseManagement(sim);
    expect((await rebuild(sim))[0]).toContain('power Stopped');
    sim.start();
    await sim.settled();
    expect(sim.engine.look()).toEqual(before);
  });
});

test('another installation whose management node is gone is named, with the way to bring it back', async () => {
  const sim = await running();
  const blue = instanceOf({ QBO_INSTANCE: 'blue' });
  expect(await orphanedInstances({ containers: sim.engine.containers(), instance: blue }, signal)).toEqual([
    'Installation "qbo" has containers here and no management node. Bring it back: QBO_INSTANCE=qbo make up',
  ]);
  expect(await orphanedInstances({ containers: sim.engine.containers(), instance }, signal)).toEqual([]);
});
