import { expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { Label } from '../../crds/names.ts';
import { cluster } from '../fixtures/world/objects.ts';
import { simulation } from '../fixtures/world/simulation.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { nodeName } from '../../controllers/cluster/node-plan.ts';
import { volumesOf } from '../../controllers/node/container-spec.ts';

const isStranger = ({ labels }: { labels: Readonly<Record<string, string>> }): boolean => !(Label.id in labels);

const strangersIn = ({ engine }: Simulation) => {
  const { containers, networks, volumes } = engine.look();
  return {
    containers: containers.filter(isStranger),
    networks: networks.filter(isStranger),
    volumes: volumes.filter(isStranger),
  };
};

test('containers, networks and volumes of others are never touched, not even those that have our names', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 1 })],
    before: (world) => {
      const { uid } = world.cluster('dev').metadata;
      const worker = { [Label.cluster]: 'dev', [Label.role]: 'worker' };
      world.engine.foreignNetwork('qbo-dev', '172.18.0.0/24');
      world.engine.foreignContainer(nodeName(uid, 'control-plane', 0), { addresses: { 'qbo-dev': '172.18.0.3' } });
      world.engine.foreignContainer(nodeName(uid, 'worker', 0), { labels: worker });
      world.engine.foreignVolume('data', worker);
    },
  });
  const strangers = strangersIn(sim);
  expect(strangers.containers).toHaveLength(2);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(strangersIn(sim)).toEqual(strangers);
  const names = sim.nodes('dev').map(({ metadata }) => `default-${metadata.name}`);
  expect(sim.nodes('dev').map(({ status }) => status?.containerName)).toEqual(names);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(strangersIn(sim)).toEqual(strangers);
  expect(sim.residue()).toEqual([]);
});

test('a volume that has our name and is not ours is neither used nor removed, and the Node says so', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] });
  await sim.until('the Node is there', () => sim.nodes('dev').length === 1);
  const [name = ''] = volumesOf(sim.controlPlane('dev')).map((volume) => volume.name);
  sim.life.end();
  for (const container of sim.engine.look().containers) sim.engine.removeBehindOurBack(container.name);
  await sim.engine.containers().volumes.remove(name, new AbortController().signal);
  sim.engine.foreignVolume(name, { mine: 'yes' });
  sim.start();
  await sim.pass(60_000);
  expect(sim.condition(sim.controlPlane('dev'), 'Ready')).toMatchObject({
    status: 'False',
    reason: 'NameTaken',
    message: expect.stringContaining(`The volume name ${name} belongs to a volume without our label`),
  });
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.engine.look().volumes).toMatchObject([{ name, labels: { mine: 'yes' } }]);
});

test('what another installation of the operator made on the same engine is not touched', async () => {
  const other = {
    [Label.id]: '0b5c1d2e-0000-4000-8000-000000000000',
    [Label.instance]: 'another',
    [Label.cluster]: 'dev',
  };
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 1 })],
    before: ({ engine }) => {
      engine.foreignNetwork('another-dev', '172.18.0.0/24', other);
      engine.foreignContainer('control-0', { labels: other, addresses: { 'another-dev': '172.18.0.3' } });
      engine.foreignVolume('control-0-var', other);
    },
  });
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(sim.engine.look()).toMatchObject({
    containers: [{ name: 'control-0', state: 'running' }],
    networks: [{ name: 'another-dev' }],
    volumes: [{ name: 'control-0-var' }],
  });
});
