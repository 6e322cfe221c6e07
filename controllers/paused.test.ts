import { expect, test } from '@jest/globals';
import { ClusterKind } from '../crds/cluster.ts';
import { Annotation } from '../crds/names.ts';
import { NodeKind } from '../crds/node.ts';
import { cluster } from '../test/fixtures/world/objects.ts';
import { simulation } from '../test/fixtures/world/simulation.ts';

const PAUSED = { [Annotation.paused]: 'true' };

test('a cluster that is declared paused is left as it is, says so, and is made when the annotation goes', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 }, { annotations: PAUSED })] }).settled();
  expect(sim.condition(sim.cluster('dev'), 'Paused')?.status).toBe('True');
  expect(sim.cluster('dev').metadata.finalizers ?? []).toEqual([]);
  expect(sim.residue()).toEqual([]);
  await sim.user.annotate(ClusterKind, 'dev', { [Annotation.paused]: null });
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.condition(sim.cluster('dev'), 'Paused')).toBeUndefined();
});

test('of a Node that is paused neither power nor container is repaired, and its cluster’s other nodes are', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  const [paused, other] = sim
    .workers('dev')
    .map((node) => ({ name: node.metadata.name, container: sim.container(node).name }));
  await sim.user.annotate(NodeKind, paused?.name ?? '', PAUSED);
  await sim.settled();
  for (const each of [paused, other]) sim.engine.removeBehindOurBack(each?.container ?? '');
  await sim.settled();
  const names = sim.engine.look().containers.map(({ name }) => name);
  expect(names).not.toContain(paused?.container);
  expect(names).toContain(other?.container);
  await sim.user.annotate(NodeKind, paused?.name ?? '', { [Annotation.paused]: 'false' });
  await sim.settled();
  expect(sim.engine.look().containers).toHaveLength(3);
  expect(sim.ready('dev')).toBe(true);
});

test('a paused cluster is neither scaled nor deleted', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  await sim.user.annotate(ClusterKind, 'dev', PAUSED);
  await sim.user.scale('dev', 3);
  await sim.settled();
  expect(sim.nodes('dev')).toHaveLength(2);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.engine.look().containers).toHaveLength(2);
  await sim.user.annotate(ClusterKind, 'dev', { [Annotation.paused]: null });
  await sim.settled();
  expect(sim.residue()).toEqual([]);
});
